/** Finds the Ready tasks of one job, shard by shard. */
import { indexIn, jobIdOf, shardKey } from '#domain/jobs/shards';
import { defaultId } from '#domain/jobs/submission';
import { readyKey } from '#domain/tasks/task';
import { RecentValues } from '#server/recent-values';
import type { DispatchedJob } from '#store/reads/dispatch';
import { type ReadyTaskKey, readyTaskKeys } from '#store/tasks';
import type { Found } from './kept-keys.ts';
import type { LeftTasks } from './left-tasks.ts';
import type { Rivals } from './rivals.ts';

export const MAX_SHARDS_PER_SEARCH = 8;
/** How many keys a search draws from, for 1 RCU. With fewer, two servers that search at once would want the same. */
const KEYS_READ = 64;
/** How many keys of a job a search returns. Those that no other server claims meanwhile serve the next free slots. */
const KEYS_RETURNED = 16;
/** How many it returns of a job whose handlers this server lacks: later jobs have the others. */
const KEYS_PROBED = 4;
/**
 * How many searches leave what is not the server's own share, and how much of it the next one takes: each further one
 * takes twice as much.
 */
const SEARCHES_LEFT = 2;
const OTHERS_SHARE = 1 / 16;
/** The place before all keys of a shard. */
const START = '';
/** How many pages a search reads while it finds only tasks that are left to others: a shard has about 1,000 tasks. */
const MAX_PAGES = 16;

type Place = { readonly job: DispatchedJob; readonly shard: number };
/** `isEnd`: no more lie behind them. */
type Page = { readonly keys: readonly ReadyTaskKey[]; readonly isEnd: boolean };
type Range = { readonly batchGroup: string; readonly now: string; readonly after?: string };

const NO_KEYS: Page = { keys: [], isEnd: false };

/** The search for Ready tasks. It remembers in which shard of a job to go on. */
export class ReadyKeys {
  readonly #nextShard = new RecentValues<number>();
  readonly #left: LeftTasks;
  readonly #rivals: Rivals;
  /** How many searches of a job in a row have found only keys of others. */
  readonly #searchesLeft = new RecentValues<number>();
  /** Jobs in which a search from a place of its own found nothing: they have few tasks, or other ids. */
  readonly #fromStart = new RecentValues<true>();
  /** The key after which the search goes on, by shard: the tasks there are most likely no other server's. */
  readonly #places = new RecentValues<string>();

  constructor(left: LeftTasks, rivals: Rivals) {
    this.#left = left;
    this.#rivals = rivals;
  }

  /** Keys of the job's Ready tasks in these groups; none if the shards searched have none. */
  async search(job: DispatchedJob, batchGroups: readonly string[]): Promise<Found> {
    const now = new Date().toISOString();
    const first = this.#nextShard.get(job.jobId) ?? Math.floor(Math.random() * job.shards);
    let others: readonly ReadyTaskKey[] = [];
    for (let step = 0; step < Math.min(job.shards, MAX_SHARDS_PER_SEARCH); step += 1) {
      const shard = (first + step) % job.shards;
      this.#nextShard.set(job.jobId, shard);
      for (const batchGroup of job.batchGroups.filter((name) => batchGroups.includes(name))) {
        const { keys, isEnd } = await this.#keysIn({ job, shard }, { batchGroup, now });
        const share = this.#rivals.shareOf(keys);
        if (share.length > 0) return this.#takeShare(job, { keys: share, isEnd });
        if (others.length === 0) others = keys;
      }
    }
    this.#nextShard.set(job.jobId, (first + MAX_SHARDS_PER_SEARCH) % job.shards);
    return this.#takeOthers(job, others);
  }

  /** Another server was first: the next search begins in a shard and at a place by chance. */
  lose({ shardId }: ReadyTaskKey): void {
    const jobId = jobIdOf(shardId);
    this.#searchesLeft.delete(jobId);
    this.#places.delete(shardId);
    this.#nextShard.delete(jobId);
  }

  /** Goes on behind the keys of the last search, or begins at a place by chance, so that servers rarely meet. */
  async #keysIn({ job, shard }: Place, wanted: { batchGroup: string; now: string }): Promise<Page> {
    const shardId = shardKey(job.jobId, shard);
    const random = readyKey({ ...wanted, taskId: defaultId(indexIn(shard, Math.random())) });
    const place = this.#places.get(shardId);
    // A job of several groups has one place in each shard, in the group of its last keys.
    const own = place?.startsWith(`${wanted.batchGroup}#`) ? place : undefined;
    const after = own ?? (place === START || this.#fromStart.get(job.jobId) ? START : random);
    const page = after === START ? NO_KEYS : await this.#openKeys(shardId, { ...wanted, after });
    if (page.keys.length > 0) return page;
    this.#places.delete(shardId);
    if (after !== START) this.#fromStart.set(job.jobId, true);
    const { keys, isEnd } = await this.#openKeys(shardId, wanted);
    return { keys: shuffled(keys), isEnd };
  }

  #takeShare({ jobId }: DispatchedJob, { keys: share, isEnd }: Page): Found {
    this.#searchesLeft.delete(jobId);
    const keys = share.slice(0, this.#most(jobId));
    const last = keys.at(-1);
    const areAll = isEnd && keys.length === share.length;
    if (last?.readyKey !== undefined) this.#places.set(last.shardId, areAll ? START : last.readyKey);
    return { keys, leavesSome: false };
  }

  /**
   * What its rivals do not claim at once is tried in small parts, which grow until a claim is lost: a rival may be
   * full, or have ended.
   */
  #takeOthers({ jobId }: DispatchedJob, others: readonly ReadyTaskKey[]): Found {
    if (others.length === 0) return { keys: [], leavesSome: false };
    const searches = this.#searchesLeft.get(jobId) ?? 0;
    this.#searchesLeft.set(jobId, searches + 1);
    if (searches < SEARCHES_LEFT) return { keys: [], leavesSome: true };
    void this.#rivals.doubt();
    const share = Math.min(1, OTHERS_SHARE * 2 ** (searches - SEARCHES_LEFT));
    const most = Math.min(others.length, this.#most(jobId));
    const keys = shuffled(others).slice(0, Math.min(most, Math.ceil(others.length * share)));
    return { keys, leavesSome: keys.length < most };
  }

  #most(jobId: string): number {
    return this.#left.hasOfJob(jobId) ? KEYS_PROBED : KEYS_RETURNED;
  }

  /** The keys of the first page that has some beside those of tasks that are left to others. */
  async #openKeys(shardId: string, { after: start, ...wanted }: Range): Promise<Page> {
    let after = start;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const keys = await readyTaskKeys(shardId, { ...wanted, limit: KEYS_READ, after });
      const open = keys.filter((key) => !this.#left.has(key));
      const isEnd = keys.length < KEYS_READ;
      if (open.length > 0 || isEnd) return { keys: open, isEnd };
      after = keys.at(-1)?.readyKey;
    }
    return NO_KEYS;
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
