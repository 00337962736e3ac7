/** Finds the Ready tasks of one job, shard by shard. */
import { shardKey } from '#domain/jobs/shards';
import type { DispatchedJob } from '#store/reads/dispatch';
import { type ReadyTaskKey, readyTaskKeys } from '#store/tasks';
import type { LeftTasks } from './left-tasks.ts';
import { Recent } from './recent.ts';

export const MAX_SHARDS_PER_SEARCH = 8;
/** How many keys a search draws from, for 1 RCU. With fewer, two servers that search at once would want the same. */
const KEYS_READ = 64;
/** How many keys of a job a search returns. Those that no other server claims meanwhile serve the next free slots. */
const KEYS_RETURNED = 16;
/** How many pages a search reads while it finds only tasks that are left to others: a shard has about 1,000 tasks. */
const MAX_PAGES = 16;

/** The search for Ready tasks. It remembers in which shard of a job to go on. */
export class ReadyKeys {
  readonly #nextShard = new Recent<number>();
  readonly #left: LeftTasks;

  constructor(left: LeftTasks) {
    this.#left = left;
  }

  /** Keys of the job's Ready tasks in these groups, in random order; none if the shards searched have none. */
  async search(job: DispatchedJob, batchGroups: readonly string[]): Promise<ReadyTaskKey[]> {
    const now = new Date().toISOString();
    const first = this.#nextShard.get(job.jobId) ?? Math.floor(Math.random() * job.shards);
    for (let step = 0; step < Math.min(job.shards, MAX_SHARDS_PER_SEARCH); step += 1) {
      const shard = (first + step) % job.shards;
      this.#nextShard.set(job.jobId, shard);
      for (const batchGroup of job.batchGroups.filter((name) => batchGroups.includes(name))) {
        const keys = await this.#openKeys(shardKey(job.jobId, shard), { batchGroup, now });
        if (keys.length > 0) return shuffled(keys).slice(0, KEYS_RETURNED);
      }
    }
    this.#nextShard.set(job.jobId, (first + MAX_SHARDS_PER_SEARCH) % job.shards);
    return [];
  }

  /** The keys of the first page that has some beside those of tasks that are left to others. */
  async #openKeys(shardId: string, wanted: { batchGroup: string; now: string }): Promise<ReadyTaskKey[]> {
    let after: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const keys = await readyTaskKeys(shardId, { ...wanted, limit: KEYS_READ, after });
      const open = keys.filter((key) => !this.#left.has(key));
      if (open.length > 0 || keys.length < KEYS_READ) return open;
      after = keys.at(-1)?.readyKey;
    }
    return [];
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
