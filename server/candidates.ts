/** Which tasks a server tries to claim next. Servers look at random among what is urgent, so that they rarely want the same one. */

import { shardKey } from '#domain/jobs/shards';
import { drawPriority, isInTurn, PRIORITIES, type Priority } from '#domain/priorities';
import { ALL_GROUPS } from '#domain/servers/server';
import { restJob } from '#engine/jobs/offer-job';
import { listGroups } from '#store/groups';
import { type DispatchedJob, dispatchedAfter, dispatchedJobs } from '#store/reads/dispatch';
import { type ReadyTaskKey, readyTaskKeys } from '#store/tasks';

/** Keys that were found and not yet tried are good for so long: then something more urgent may have come. */
const KEYS_KEPT_MS = 250;
const JOBS_PER_PAGE = 50;
/** Of each priority; more jobs than these can only be in the way when none of them has a task that this server may run. */
const MAX_PAGES_PER_LOOK = 20;
const MAX_JOBS_REMEMBERED = 5_000;
const MAX_SHARDS_PER_LOOK = 8;
/** So many keys of a job are taken at once: what others have not claimed meanwhile serves the next slots that become free. */
const KEYS_PER_LOOK = 16;
/** They are drawn from so many, at the price of 1 RCU: of two servers that look at once, each would want what the other claims otherwise. */
const KEYS_DRAWN_FROM = 64;
/** Groups change rarely: a server that serves all of them reads their list this often. */
const GROUPS_KEPT_MS = 1_000;
/** A job in which nothing was found is not looked at again for a while, doubling up to the limit. */
const FIRST_REST_MS = 50;
const MAX_REST_MS = 1_000;
/** After so many looks in vain at all of it, a job is taken out of sight, or put off until a task of it is to run. */
const LOOKS_BEFORE_REST = 3;

type Rest = { readonly untilMs: number; readonly ms: number; readonly looks: number };
/** The jobs of one priority, page by page, and the keys that the last one of them gave. */
type Row = {
  readonly priority: Priority;
  jobs: DispatchedJob[];
  keys: ReadyTaskKey[];
  cut: string | undefined;
  pages: number;
};
export type Candidates = ReturnType<typeof createCandidates>;

/** Creates the search of a server that serves these batch groups. */
export function createCandidates(served: readonly string[]) {
  const rests = new Map<string, Rest>();
  const shardToStart = new Map<string, number>();
  let kept: { keys: ReadyTaskKey[]; foundMs: number; reserved: boolean } = { keys: [], foundMs: 0, reserved: false };
  let groups: { names: readonly string[]; readMs: number } = { names: served, readMs: 0 };

  async function servedGroups(): Promise<readonly string[]> {
    if (!served.includes(ALL_GROUPS)) return served;
    if (Date.now() - groups.readMs >= GROUPS_KEPT_MS) groups = { names: await groupNames(), readMs: Date.now() };
    return groups.names;
  }

  async function readyIn(job: DispatchedJob, names: readonly string[]): Promise<ReadyTaskKey[]> {
    const now = new Date().toISOString();
    const first = shardToStart.get(job.jobId) ?? Math.floor(Math.random() * job.shards);
    for (let step = 0; step < Math.min(job.shards, MAX_SHARDS_PER_LOOK); step += 1) {
      const shard = (first + step) % job.shards;
      remember(shardToStart, job.jobId, shard);
      for (const batchGroup of job.batchGroups.filter((name) => names.includes(name))) {
        const keys = await readyTaskKeys(shardKey(job.jobId, shard), { batchGroup, now, limit: KEYS_DRAWN_FROM });
        if (keys.length > 0) return keys;
      }
    }
    remember(shardToStart, job.jobId, (first + MAX_SHARDS_PER_LOOK) % job.shards);
    return [];
  }

  /** The keys of the first job of the row that has some; jobs that have none rest, and in the end are taken out of sight. */
  async function firstReady(row: Row, names: readonly string[]): Promise<ReadyTaskKey[]> {
    for (let job = await nextJob(row, names); job; job = await nextJob(row, names)) {
      if ((rests.get(job.jobId)?.untilMs ?? 0) > Date.now()) continue;
      const keys = await readyIn(job, names);
      if (keys.length > 0) {
        rests.delete(job.jobId);
        return shuffled(keys).slice(0, KEYS_PER_LOOK);
      }
      const rest = longerRest(rests.get(job.jobId), job);
      const isLong = rest.looks >= LOOKS_BEFORE_REST;
      remember(rests, job.jobId, isLong ? { ...rest, looks: 0 } : rest);
      if (isLong) await restJob(job);
    }
    return [];
  }

  /** Draws a priority for each key, so that the lower ones go on beside the higher ones. */
  async function look(wanted: number, reserved: boolean): Promise<ReadyTaskKey[]> {
    const names = await servedGroups();
    const { jobs, cuts } = await dispatchedJobs(names, JOBS_PER_PAGE);
    const rows = new Map<Priority, Row>(
      PRIORITIES.map((priority) => {
        const own = jobs.filter((job) => job.priority === priority);
        return [priority, { priority, jobs: own, keys: [], cut: cuts.get(priority), pages: 1 }];
      }),
    );
    const found: ReadyTaskKey[] = [];
    let present = reserved ? PRIORITIES.slice(-1) : PRIORITIES.filter((priority) => rows.get(priority)?.jobs.length);
    while (found.length < wanted) {
      const priority = drawPriority(present, Math.random());
      const row = priority && rows.get(priority);
      if (!row) break;
      if (row.keys.length === 0) row.keys = await firstReady(row, names);
      const key = row.keys.pop();
      if (key) found.push(key);
      else present = present.filter((each) => each !== priority);
    }
    return found;
  }

  return {
    /** Keys of Ready tasks to try, at most `wanted`; none when there is nothing to do right now. `reserved`: of jobs with ReservedCapacity only. */
    async find(wanted: number, reserved: boolean): Promise<ReadyTaskKey[]> {
      if (kept.keys.length === 0 || kept.reserved !== reserved || Date.now() - kept.foundMs > KEYS_KEPT_MS) {
        kept = { foundMs: Date.now(), reserved, keys: await look(Math.max(wanted, KEYS_PER_LOOK), reserved) };
      }
      return kept.keys.splice(0, wanted);
    },
  };
}

async function groupNames(): Promise<string[]> {
  return (await listGroups()).map((group) => group.batchGroup);
}

/** A job of many shards is looked at piece by piece: it rests only when all of it may have been seen. */
function longerRest(rest: Rest | undefined, job: DispatchedJob): Rest {
  const ms = Math.min(MAX_REST_MS, rest ? rest.ms * 2 : FIRST_REST_MS);
  const looks = (rest?.looks ?? 0) + Math.min(1, MAX_SHARDS_PER_LOOK / job.shards);
  return { ms, looks, untilMs: Date.now() + (job.shards > MAX_SHARDS_PER_LOOK ? 0 : ms) };
}

/** The next job of the row whose turn has come and whose tasks this server may run. */
async function nextJob(row: Row, names: readonly string[]): Promise<DispatchedJob | undefined> {
  const now = new Date().toISOString();
  const mayTake = (job: DispatchedJob) =>
    isInTurn(job.rank, now) && job.batchGroups.some((group) => names.includes(group));
  for (;;) {
    for (let job = row.jobs.shift(); job; job = row.jobs.shift()) if (mayTake(job)) return job;
    if (row.cut === undefined || !isInTurn(row.cut, now) || row.pages >= MAX_PAGES_PER_LOOK) return undefined;
    const page = await dispatchedAfter(names, { priority: row.priority, rank: row.cut }, JOBS_PER_PAGE);
    Object.assign(row, { jobs: page.jobs, cut: page.cuts.get(row.priority), pages: row.pages + 1 });
  }
}

function remember<T>(map: Map<string, T>, jobId: string, value: T): void {
  map.delete(jobId);
  map.set(jobId, value);
  const [oldest] = map.keys();
  if (map.size > MAX_JOBS_REMEMBERED && oldest !== undefined) map.delete(oldest);
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
