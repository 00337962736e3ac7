/** Which tasks a server tries to claim next: random ones among the urgent, so that servers rarely want the same. */
import { drawPriority, type Priority } from '#domain/priorities';
import { ALL_GROUPS } from '#domain/servers/server';
import { restJob } from '#engine/jobs/offer-job';
import { log } from '#server/log';
import { listGroups } from '#store/groups';
import type { Dispatched, DispatchedJob } from '#store/reads/dispatch';
import type { ReadyTaskKey } from '#store/tasks';
import { IndexLooks } from './index-looks.ts';
import { JobRests } from './job-rests.ts';
import { type Found, KeptKeys, type Search } from './kept-keys.ts';
import { LeftTasks } from './left-tasks.ts';
import { type Row, rowsOf } from './priority-jobs.ts';
import { ReadyKeys } from './ready-keys.ts';
import { Rivals } from './rivals.ts';

/** How long after a lost claim others are likely to claim the same tasks. */
const CONTESTED_MS = 1_000;
/** Keys that were returned are not returned again for so long: their claims may be under way. */
const TRIED_MS = 250;
/** While nothing is found, a look goes on for so long with jobs of many shards. */
const LOOK_MS = 250;
/** Groups change rarely: a server that serves all of them reads their list this often. */
const GROUPS_KEPT_MS = 1_000;

/** `isPart`: of a job in which nothing was found, only a part was searched. */
type Drawn = Found & { readonly isPart: boolean };

/** The search of a server that serves these batch groups. */
export class Candidates {
  readonly #served: readonly string[];
  readonly #rests = new JobRests();
  readonly #left = new LeftTasks();
  readonly #rivals: Rivals;
  readonly #readyKeys: ReadyKeys;
  readonly #looks: IndexLooks;
  readonly #kept = this.#keptKeys(false);
  readonly #keptReserved = this.#keptKeys(true);
  /** The jobs that the last look has found, if a task was found in them or wanted for reserved slots. */
  #looked: { readonly jobs: Dispatched; readonly atMs: number } | undefined;
  #contestedUntilMs = 0;
  #groups: { readonly names: readonly string[]; readonly readMs: number };

  /** `isTold`: whether the server is nudged for what it could claim. If not, each search looks everywhere. */
  constructor(served: readonly string[], isTold = () => false, serverId = '') {
    this.#served = served;
    this.#rivals = new Rivals({ serverId, batchGroups: served });
    this.#readyKeys = new ReadyKeys(this.#left, this.#rivals);
    this.#looks = new IndexLooks(isTold);
    this.#groups = { names: served, readMs: 0 };
  }

  /** At most `wanted` keys of Ready tasks, none if there are none now. `reserved`: of ReservedCapacity jobs only. */
  async find(wanted: number, reserved: boolean): Promise<ReadyTaskKey[]> {
    const taken = await (reserved ? this.#keptReserved : this.#kept).take(wanted);
    for (const key of taken) this.#left.try(key, TRIED_MS);
    return taken;
  }

  /** Another server was first: what is kept may be claimed by it, too. Returns when the server knows its rivals. */
  async lose(key: ReadyTaskKey): Promise<void> {
    this.#contestedUntilMs = Date.now() + CONTESTED_MS;
    this.#readyKeys.lose(key);
    this.#drop();
    await this.#rivals.meet();
  }

  #isContested(): boolean {
    return Date.now() < this.#contestedUntilMs;
  }

  /** How long no task can be claimed, in milliseconds, unless a job is offered or put off anew: 0 if one may be now. */
  get quietMs(): number {
    const { nextTurn } = this.#looks;
    return nextTurn === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Date.parse(nextTurn) - Date.now());
  }

  /** There may be a new job in these groups: the next search looks anew, and everywhere there. */
  expect(batchGroups: readonly string[]): void {
    this.#looks.expect(batchGroups);
    this.#looked = undefined;
  }

  /** Leaves out a job whose record cannot be read, for a while: else its tasks would be found again and again. */
  avoid(jobId: string): void {
    this.#rests.avoid(jobId);
    this.#drop();
  }

  /** Leaves out a task that cannot be claimed, for a while. */
  putOff(key: ReadyTaskKey, ms: number): void {
    this.#left.try(key, ms);
  }

  /** Leaves the task to servers that have its handler, for a while. */
  leave(key: ReadyTaskKey, ms: number): void {
    this.#left.leave(key, ms);
  }

  #drop(): void {
    this.#kept.drop();
    this.#keptReserved.drop();
  }

  #keptKeys(reserved: boolean): KeptKeys {
    return new KeptKeys({
      search: (search) => this.#search(search, reserved),
      isFresh: (maxAgeMs) => this.#isFresh(maxAgeMs),
      mayLookAhead: () => !this.#isContested(),
    });
  }

  /**
   * Searches the jobs of the last look, and if there is nothing, those of a new one. Most often there is nothing for
   * reserved slots, so a fresh list is enough for them.
   */
  async #search({ wanted, maxAgeMs }: Search, reserved: boolean): Promise<Found> {
    const batchGroups = await this.#batchGroups();
    const jobs = this.#isFresh(maxAgeMs) ? this.#looked?.jobs : undefined;
    const known = jobs && (await this.#draw(rowsOf(jobs, { batchGroups, reserved }), { wanted, batchGroups }));
    if (known && (known.keys.length > 0 || reserved)) return known;
    const looked = { atMs: Date.now(), jobs: await this.#looks.read(batchGroups) };
    let found: Drawn;
    do found = await this.#draw(rowsOf(looked.jobs, { batchGroups, reserved }), { wanted, batchGroups });
    while (found.keys.length === 0 && found.isPart && Date.now() - looked.atMs < LOOK_MS);
    this.#looked = found.keys.length > 0 || reserved ? looked : undefined;
    return found;
  }

  #isFresh(maxAgeMs: number): boolean {
    return this.#looked !== undefined && Date.now() - this.#looked.atMs <= maxAgeMs;
  }

  /** Draws a priority for each key, so that lower priorities make progress beside higher ones. */
  async #draw(
    rows: Map<Priority, Row>,
    { wanted, batchGroups }: { readonly wanted: number; readonly batchGroups: readonly string[] },
  ): Promise<Drawn> {
    const all = [...rows.values()];
    const keys: ReadyTaskKey[] = [];
    while (keys.length < wanted) {
      const priority = drawPriority([...rows.keys()], Math.random());
      const row = priority && rows.get(priority);
      if (!row) break;
      const key = await this.#nextKey(row, batchGroups);
      if (key) keys.push(key);
      else rows.delete(priority);
    }
    return { keys, leavesSome: all.some((row) => row.leavesSome), isPart: all.some((row) => row.isPart) };
  }

  async #nextKey(row: Row, batchGroups: readonly string[]): Promise<ReadyTaskKey | undefined> {
    if (row.keys.length === 0) await this.#findKeysOfNextJob(row, batchGroups);
    return row.keys.pop();
  }

  /** The keys of the next job that has some. A job without rests; later it leaves the dispatch index. */
  async #findKeysOfNextJob(row: Row, batchGroups: readonly string[]): Promise<void> {
    for (let job = await row.jobs.next(); job; job = await row.jobs.next()) {
      if (this.#rests.isResting(job)) continue;
      const sinceMs = Date.now();
      const { keys, leavesSome } = await this.#readyKeys.search(job, batchGroups);
      if (keys.length > 0 || leavesSome) this.#rests.end(job);
      else row.isPart = (await this.#rest(job, sinceMs)) || row.isPart;
      row.keys = keys;
      row.leavesSome ||= leavesSome;
      if (keys.length > 0) return;
    }
  }

  /** Nothing was found in the job. Whether only a part of it was searched. */
  async #rest(job: DispatchedJob, sinceMs: number): Promise<boolean> {
    const { isPart, isDue } = this.#rests.extend(job, sinceMs);
    if (isDue) await restOrLog(job);
    return isPart;
  }

  async #batchGroups(): Promise<readonly string[]> {
    if (!this.#served.includes(ALL_GROUPS)) return this.#served;
    if (Date.now() - this.#groups.readMs >= GROUPS_KEPT_MS) {
      const groups = await listGroups();
      this.#groups = { names: groups.map((group) => group.batchGroup), readMs: Date.now() };
    }
    return this.#groups.names;
  }
}

/** Another search rests the job later, so a fault of one job does not end the search for tasks of the others. */
async function restOrLog(job: DispatchedJob): Promise<void> {
  const { jobId } = job;
  await restJob(job).catch((error: unknown) => log('A job could not be rested.', { jobId, error }));
}
