/** Where servers look for work: jobs that may run, by batch group, the most urgent first. */
import * as z from 'zod';
import { groupOfKey, keysOfGroup, MIXED_GROUPS } from '#domain/jobs/dispatch-groups';
import { shardKey } from '#domain/jobs/shards';
import { PRIORITIES, type Priority, rankPrefix } from '#domain/priorities';
import { notBeforeOf } from '#domain/tasks/task';
import type { Item } from '#store/dynamodb/guarded-write';
import { parseEach, parseRecord } from '#store/dynamodb/parse-record';
import { queryPage, scanPage } from '#store/dynamodb/read';
import { inParallel, mapInParallel } from '#store/in-parallel';

const READS_AT_ONCE = 8;
const dispatchedSchema = z.object({
  jobId: z.string(),
  dispatchGroup: z.string(),
  rank: z.string(),
  priority: z.enum(PRIORITIES),
  shards: z.number(),
  batchGroups: z.array(z.string()),
});
/** What the dispatch index has of a job. */
export type DispatchedJob = z.infer<typeof dispatchedSchema>;
/** Jobs in their order. */
export type Dispatched = {
  readonly jobs: DispatchedJob[];
  /** For each priority with more jobs, the rank up to which all were read. */
  readonly cuts: ReadonlyMap<Priority, string>;
};

/**
 * The most urgent jobs under these keys of the index and under that of jobs of several groups, at most `limit` a key,
 * and as many of each lower priority for which these left no room; may lag a moment behind. Malformed entries are
 * logged and left out. While jobs are few: 0.5 RCU a key.
 */
export async function dispatchedJobs(keys: readonly string[], limit: number): Promise<Dispatched> {
  return merged(await mapInParallel([...keys, MIXED_GROUPS], READS_AT_ONCE, (key) => dispatchedIn(key, limit)));
}

/**
 * All jobs in the index, under whatever key they lie, in their order; undefined if there are more than `limit`. Lag and
 * malformed entries as with `dispatchedJobs`. One request, 0.5 RCU for each 4 KB.
 */
export async function listDispatched(limit: number): Promise<Dispatched | undefined> {
  const { items, next } = await scanPage('jobs', 'dispatch', limit);
  return next ? undefined : merged([[{ jobs: parseEach(dispatchedSchema, 'jobs', items) }]]);
}

/** The jobs of one priority after the rank, under all keys of these groups; limit, cost and lag as `dispatchedJobs`. */
export async function dispatchedAfter(
  batchGroups: readonly string[],
  after: { readonly priority: Priority; readonly rank: string },
  limit: number,
): Promise<Dispatched> {
  const keys = [...batchGroups.flatMap(keysOfGroup), MIXED_GROUPS];
  const pages = await mapInParallel(keys, READS_AT_ONCE, (key) => dispatchedFrom(key, limit, after));
  return merged(pages.map((page) => [page]));
}

/**
 * When the next Ready task of the job may start: empty for now, undefined if none is Ready. Read consistently, 1 RCU
 * for each shard and batch group, several at once.
 * @throws MalformedRecord
 */
export async function nextStart(job: {
  readonly jobId: string;
  readonly shards: number;
  readonly batchGroups: readonly string[];
}): Promise<string | undefined> {
  let earliest: string | undefined;
  const shards = Array.from({ length: job.shards }, (_, shard) => shardKey(job.jobId, shard));
  const places = shards.flatMap((shardId) => job.batchGroups.map((group) => ({ shardId, group })));
  await inParallel(places, READS_AT_ONCE, async ({ shardId, group }) => {
    const next = isNow(earliest) ? undefined : await nextInShard(shardId, group);
    if (next !== undefined && next < (earliest ?? '~')) earliest = next;
  });
  return earliest;
}

/** Whether a Ready task with this start time may start now; false for undefined. */
export function isNow(start: string | undefined): boolean {
  return start !== undefined && start <= new Date().toISOString();
}

async function nextInShard(shardId: string, group: string): Promise<string | undefined> {
  const { items } = await queryPage({
    table: 'tasks',
    index: 'byReady',
    partition: ['shardId', shardId],
    from: ['readyKey', `${group}#`],
    to: ['readyKey', `${group}#~`],
    consistent: true,
    limit: 1,
  });
  const [first] = items;
  return first && notBeforeOf(parseRecord(readySchema, 'tasks', first).readyKey);
}

const readySchema = z.object({ readyKey: z.string() });

type Page = { readonly jobs: DispatchedJob[]; readonly cut?: DispatchedJob };

/** The lowest cut of each priority counts: the next page reads all keys from there, so no job is left out. */
function merged(keys: readonly (readonly Page[])[]): Dispatched {
  const pages = keys.flat();
  const cuts = lowestCuts(pages, ({ priority }) => priority);
  // Those of one group are in order over its keys. Other groups' jobs are not waited for.
  const ownCuts = lowestCuts(pages, cutOfGroup);
  const jobs = pages.flatMap((page) => page.jobs).filter((job) => job.rank <= (ownCuts.get(cutOfGroup(job)) ?? '~'));
  return { jobs: jobs.sort((a, b) => (a.rank < b.rank ? -1 : 1)), cuts };
}

function lowestCuts<Name>(pages: readonly Page[], nameOf: (job: DispatchedJob) => Name): Map<Name, string> {
  const cuts = new Map<Name, string>();
  for (const { cut } of pages) {
    if (cut && cut.rank < (cuts.get(nameOf(cut)) ?? '~')) cuts.set(nameOf(cut), cut.rank);
  }
  return cuts;
}

function cutOfGroup({ dispatchGroup, priority }: DispatchedJob): string {
  return `${groupOfKey(dispatchGroup)}#${priority}`;
}

async function dispatchedIn(key: string, limit: number): Promise<Page[]> {
  const first = await dispatchedFrom(key, limit);
  if (!first.cut) return [first];
  const lower = PRIORITIES.slice(0, PRIORITIES.indexOf(first.cut.priority));
  const read = (priority: Priority) => dispatchedFrom(key, limit, { priority });
  return [first, ...(await mapInParallel(lower, READS_AT_ONCE, read))];
}

async function dispatchedFrom(
  key: string,
  limit: number,
  within?: { readonly priority: Priority; readonly rank?: string },
): Promise<Page> {
  const prefix = within && rankPrefix(within.priority);
  // A rank ends with its job's id: the rank with one more character is the next possible one.
  const range = prefix
    ? ({ from: ['rank', within.rank ? `${within.rank} ` : prefix], to: ['rank', `${prefix}~`] } as const)
    : {};
  let jobs: DispatchedJob[];
  let after: Item | undefined;
  // The last job is where the next page starts, so a page without a job that fits is skipped here.
  do {
    const query = { table: 'jobs', index: 'dispatch', limit, after } as const;
    const reply = await queryPage({ ...query, partition: ['dispatchGroup', key], ...range });
    jobs = parseEach(dispatchedSchema, 'jobs', reply.items);
    after = reply.next;
  } while (jobs.length === 0 && after);
  const last = jobs.at(-1);
  return { jobs, ...(after && last ? { cut: last } : {}) };
}
