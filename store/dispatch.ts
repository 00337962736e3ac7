/** Where servers look for work: the jobs that may run, by batch group, the most urgent first. */
import { z } from 'zod';
import { MIXED_GROUPS } from './jobs.ts';
import { queryPage } from './read.ts';

const dispatchedSchema = z.object({
  jobId: z.string(),
  rank: z.string(),
  shards: z.number(),
  batchGroups: z.array(z.string()),
});
export type DispatchedJob = z.infer<typeof dispatchedSchema>;

/**
 * The most urgent jobs with tasks of these batch groups, at most `limit` a group; may lag behind by a moment. 0.5 RCU a group and
 * 0.5 RCU for the jobs whose tasks name several groups.
 */
export async function dispatchedJobs(batchGroups: readonly string[], limit: number): Promise<DispatchedJob[]> {
  const pages = await Promise.all([...batchGroups, MIXED_GROUPS].map((group) => dispatchedIn(group, limit)));
  return pages.flat().sort((a, b) => (a.rank < b.rank ? -1 : 1));
}

async function dispatchedIn(dispatchGroup: string, limit: number): Promise<DispatchedJob[]> {
  const { items } = await queryPage({
    table: 'jobs',
    index: 'dispatch',
    partition: ['dispatchGroup', dispatchGroup],
    limit,
  });
  return items.map((item) => dispatchedSchema.parse(item));
}
