/** What the requests of several operations share. */
import { z } from 'zod';
import type { ContainerTask } from '#local/aws/ecs/containers/container-task';
import { MAX_PAGE_ITEMS } from './limits.ts';
import type { ContainerTasks } from './tasks.ts';

/** As on AWS, a request without a cluster means the one named `default`. It does not exist here. */
const DEFAULT_CLUSTER = 'default';

/** The cluster of a request. */
export const clusterSchema = z.string().default(DEFAULT_CLUSTER);

/** Requests may include tags; there are none. */
export const includeSchema = z.array(z.literal('TAGS')).optional();

/** The paging fields of a request. */
export const pageFields = {
  maxResults: z.int().min(1).max(MAX_PAGE_ITEMS).default(MAX_PAGE_ITEMS),
  nextToken: z.string().optional(),
};

/** Finds tasks by ids or ARNs. Returns a failure of ECS's shape for each unknown one. */
export function findAll(tasks: ContainerTasks, idsOrArns: readonly string[]) {
  const found: ContainerTask[] = [];
  const failures: { arn: string; reason: string }[] = [];
  for (const idOrArn of new Set(idsOrArns)) {
    const task = tasks.find(idOrArn);
    if (task === undefined) failures.push({ arn: tasks.names.taskArnOf(idOrArn), reason: 'MISSING' });
    else found.push(task);
  }
  return { found, failures };
}
