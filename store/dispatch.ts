/** Where servers look for work: the jobs that may run, by batch group, the most urgent first. */
import { z } from 'zod';
import { PRIORITIES, type Priority, rankPrefix } from '#domain/priorities';
import { shardKey } from '#domain/shards';
import { enterDispatch, leaveDispatch, MIXED_GROUPS } from './jobs.ts';
import { queryPage } from './read.ts';

const dispatchedSchema = z.object({
  jobId: z.string(),
  rank: z.string(),
  priority: z.enum(PRIORITIES),
  shards: z.number(),
  batchGroups: z.array(z.string()),
});
export type DispatchedJob = z.infer<typeof dispatchedSchema>;

/**
 * The most urgent jobs with tasks of these batch groups, at most `limit` a group, and as many of each lower priority that these leave no
 * room for; may lag behind by a moment. 0.5 RCU a group and 0.5 RCU for the jobs whose tasks name several groups, while these are few.
 */
export async function dispatchedJobs(batchGroups: readonly string[], limit: number): Promise<DispatchedJob[]> {
  const pages = await Promise.all([...batchGroups, MIXED_GROUPS].map((group) => dispatchedIn(group, limit)));
  return pages.flat().sort((a, b) => (a.rank < b.rank ? -1 : 1));
}

/**
 * Takes a job out of sight of the servers when no task of it is Ready, now or later; whoever makes one Ready puts it back. 1 RCU a shard
 * and 2 WCU. May be done by several at once.
 */
export async function dismissIdleJob({ jobId, shards }: DispatchedJob): Promise<void> {
  if (await hasReadyTask(jobId, shards)) return;
  const job = await leaveDispatch(jobId);
  if (job && (await hasReadyTask(jobId, job.shards))) await enterDispatch(jobId);
}

/** Whether a task of the job is Ready, read consistently; also one that is to wait for a time. */
export async function hasReadyTask(jobId: string, shards: number): Promise<boolean> {
  for (let shard = 0; shard < shards; shard += 1) {
    const partition = ['shardId', shardKey(jobId, shard)] as const;
    const { items } = await queryPage({ table: 'tasks', index: 'byReady', partition, consistent: true, limit: 1 });
    if (items.length > 0) return true;
  }
  return false;
}

async function dispatchedIn(group: string, limit: number): Promise<DispatchedJob[]> {
  const first = await dispatchedFrom(group, limit);
  const last = first.jobs.at(-1);
  if (!first.more || !last) return first.jobs;
  const lower = PRIORITIES.slice(0, PRIORITIES.indexOf(last.priority));
  const pages = await Promise.all(lower.map((priority) => dispatchedFrom(group, limit, priority)));
  return [...first.jobs, ...pages.flatMap((page) => page.jobs)];
}

async function dispatchedFrom(
  group: string,
  limit: number,
  priority?: Priority,
): Promise<{ jobs: DispatchedJob[]; more: boolean }> {
  const reply = await queryPage({
    table: 'jobs',
    index: 'dispatch',
    partition: ['dispatchGroup', group],
    limit,
    ...(priority ? { from: ['rank', rankPrefix(priority)], to: ['rank', `${rankPrefix(priority)}~`] } : {}),
  });
  return { jobs: reply.items.map((item) => dispatchedSchema.parse(item)), more: reply.next !== undefined };
}
