/** Where in the dispatch index a server looks: over the whole of it while jobs are few, else under its groups' keys. */

import { KEYS_PER_GROUP, keysOfGroup, MIXED_GROUPS } from '#domain/jobs/dispatch-groups';
import { turnOf } from '#domain/priorities';
import { type Dispatched, type DispatchedJob, dispatchedJobs, listDispatched } from '#store/reads/dispatch';

/** How many jobs a look over the whole index reads: less than 16 KB, 2 RCU, for which it could read four keys. */
const JOBS_IN_ALL = 64;
/** How many it reads under each key: less than 4 KB, so it costs 0.5 RCU whatever waits. */
const JOBS_PER_KEY = 16;
/** After a nudge the index may lag: until then the server looks everywhere. */
const EXPECTED_MS = 2_000;
/** Where more jobs wait than one look reads, the server does not look over the whole index for so long. */
const CROWDED_MS = 600_000;

/** The looks of one server. */
export class IndexLooks {
  readonly #isTold: () => boolean;
  /** The groups in which there may be jobs that were not seen yet, each until a time. */
  readonly #expectedUntilMs = new Map<string, number>();
  /** The first turn under each key as it was read last; a key without jobs is not there. */
  readonly #turns = new Map<string, string>();
  /** Servers begin at different places, so that together they look everywhere soon. */
  #place = Math.floor(Math.random() * KEYS_PER_GROUP);
  #crowdedUntilMs = 0;

  /** `isTold`: whether the server would be nudged for a job that it may claim. If not, it looks everywhere. */
  constructor(isTold: () => boolean) {
    this.#isTold = isTold;
  }

  /** When the turn of the first job comes that was seen; undefined if none was. */
  get nextTurn(): string | undefined {
    const [first] = [...this.#turns.values()].sort();
    return first;
  }

  /** There may be a new job in these groups. */
  expect(batchGroups: readonly string[]): void {
    for (const group of batchGroups) this.#expectedUntilMs.set(group, Date.now() + EXPECTED_MS);
  }

  /**
   * The most urgent jobs of these groups. While few jobs are in the index, one request reads all of it, 0.5 RCU for 16.
   * Else a group in which no job is in turn is read under one key, the next one with each look; if there is a job, it
   * is read under all keys, so that the order is that of ranks. 0.5 RCU a key.
   */
  async read(batchGroups: readonly string[]): Promise<Dispatched> {
    this.expect(batchGroups.filter((group) => !this.#expectedUntilMs.has(group)));
    const all = Date.now() < this.#crowdedUntilMs ? undefined : await this.#readAll(batchGroups);
    return all ?? (await this.#readGroups(batchGroups));
  }

  async #readAll(batchGroups: readonly string[]): Promise<Dispatched | undefined> {
    const all = await listDispatched(JOBS_IN_ALL);
    if (all === undefined) this.#crowdedUntilMs = Date.now() + CROWDED_MS;
    else this.#note([...this.#turns.keys()], all.jobs, batchGroups);
    return all;
  }

  async #readGroups(batchGroups: readonly string[]): Promise<Dispatched> {
    this.#place = (this.#place + 1) % KEYS_PER_GROUP;
    const keys = this.#keysOf(batchGroups);
    const jobs = await this.#readAt(keys, batchGroups);
    const wanted = this.#keysOf(batchGroups);
    return wanted.every((key) => keys.includes(key)) ? jobs : this.#readAt(wanted, batchGroups);
  }

  #keysOf(batchGroups: readonly string[]): string[] {
    return batchGroups.flatMap((group) => {
      const keys = keysOfGroup(group);
      return this.#isBusy(group, keys) ? keys : keys.slice(this.#place, this.#place + 1);
    });
  }

  #isBusy(group: string, keys: readonly string[]): boolean {
    const nowMs = Date.now();
    const now = new Date(nowMs).toISOString();
    const isExpected = (this.#expectedUntilMs.get(group) ?? 0) > nowMs;
    return isExpected || !this.#isTold() || keys.some((key) => (this.#turns.get(key) ?? '~') <= now);
  }

  async #readAt(keys: readonly string[], batchGroups: readonly string[]): Promise<Dispatched> {
    const dispatched = await dispatchedJobs(keys, JOBS_PER_KEY);
    this.#note([...keys, MIXED_GROUPS], dispatched.jobs, batchGroups);
    return dispatched;
  }

  /** Keeps the first turn under each of the keys that were read. */
  #note(keys: readonly string[], jobs: readonly DispatchedJob[], batchGroups: readonly string[]): void {
    for (const key of keys) this.#turns.delete(key);
    for (const { dispatchGroup, rank, batchGroups: own } of jobs) {
      if (!own.some((group) => batchGroups.includes(group))) continue;
      const [turn, before] = [turnOf(rank), this.#turns.get(dispatchGroup)];
      if (before === undefined || turn < before) this.#turns.set(dispatchGroup, turn);
    }
  }
}
