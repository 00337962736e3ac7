/** Which tasks a server tries to claim next. Servers look at random among what is most urgent, so that they rarely want the same one. */
import { ALL_GROUPS } from '#domain/server';
import { shardKey } from '#domain/shards';
import { type DispatchedJob, dispatchedJobs } from '#store/dispatch';
import { listGroups } from '#store/groups';
import { readyTaskKeys, type TaskKey } from '#store/tasks';

/** Keys that were found and not yet tried are good for so long: then something more urgent may have come. */
const KEYS_KEPT_MS = 500;
const MAX_JOBS_LOOKED_AT = 50;
const MAX_SHARDS_PER_LOOK = 8;
/** So many keys are read at once: what others have not taken meanwhile serves the next slots that become free. */
const KEYS_PER_LOOK = 32;
/** Groups change rarely: a server that serves all of them reads their list this often. */
const GROUPS_KEPT_MS = 1_000;
/** A job without Ready tasks is not looked at again for a while, doubling up to the limit. */
const FIRST_REST_MS = 50;
const MAX_REST_MS = 2_000;

type Rest = { readonly untilMs: number; readonly ms: number };

/** Creates the search of a server that serves these batch groups. */
export function createCandidates(served: readonly string[]) {
  const rests = new Map<string, Rest>();
  const shardToStart = new Map<string, number>();
  let kept: { keys: TaskKey[]; foundMs: number } = { keys: [], foundMs: 0 };
  let groups: { names: readonly string[]; readMs: number } = { names: served, readMs: 0 };

  async function servedGroups(): Promise<readonly string[]> {
    if (!served.includes(ALL_GROUPS)) return served;
    if (Date.now() - groups.readMs >= GROUPS_KEPT_MS) groups = { names: await listGroups(), readMs: Date.now() };
    return groups.names;
  }

  async function readyIn(job: DispatchedJob, names: readonly string[]): Promise<TaskKey[]> {
    const now = new Date().toISOString();
    const first = shardToStart.get(job.jobId) ?? Math.floor(Math.random() * job.shards);
    for (let step = 0; step < Math.min(job.shards, MAX_SHARDS_PER_LOOK); step += 1) {
      const shard = (first + step) % job.shards;
      shardToStart.set(job.jobId, shard);
      for (const batchGroup of job.batchGroups.filter((name) => names.includes(name))) {
        const keys = await readyTaskKeys(shardKey(job.jobId, shard), { batchGroup, now, limit: KEYS_PER_LOOK });
        if (keys.length > 0) return keys;
      }
    }
    shardToStart.set(job.jobId, (first + MAX_SHARDS_PER_LOOK) % job.shards);
    return [];
  }

  async function look(wanted: number): Promise<TaskKey[]> {
    const names = await servedGroups();
    const jobs = await dispatchedJobs(names, MAX_JOBS_LOOKED_AT);
    forgetOthers(jobs, rests, shardToStart);
    const found: TaskKey[] = [];
    for (const job of jobs) {
      if (found.length >= wanted) break;
      if ((rests.get(job.jobId)?.untilMs ?? 0) > Date.now()) continue;
      const keys = await readyIn(job, names);
      if (keys.length > 0) rests.delete(job.jobId);
      else rests.set(job.jobId, longerRest(rests.get(job.jobId), job));
      found.push(...shuffled(keys));
    }
    return found;
  }

  return {
    /** Keys of Ready tasks to try, at most `wanted`; none when there is nothing to do right now. */
    async find(wanted: number): Promise<TaskKey[]> {
      if (kept.keys.length === 0 || Date.now() - kept.foundMs > KEYS_KEPT_MS)
        kept = { foundMs: Date.now(), keys: await look(wanted) };
      return kept.keys.splice(0, wanted);
    },
  };
}

/** A job of many shards is looked at piece by piece: it rests only when all of it has been seen empty. */
function longerRest(rest: Rest | undefined, job: DispatchedJob): Rest {
  const ms = Math.min(MAX_REST_MS, rest ? rest.ms * 2 : FIRST_REST_MS);
  return { ms, untilMs: job.shards > MAX_SHARDS_PER_LOOK ? 0 : Date.now() + ms };
}

function forgetOthers(jobs: readonly DispatchedJob[], ...kept: readonly Map<string, unknown>[]): void {
  const known = new Set(jobs.map((job) => job.jobId));
  for (const map of kept) {
    for (const jobId of map.keys()) if (!known.has(jobId)) map.delete(jobId);
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
