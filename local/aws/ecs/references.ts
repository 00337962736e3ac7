import { z } from 'zod';
import type { ContainerTask } from '#local/aws/ecs/containers/container-task';
import { AwsError } from '#local/aws/wire/aws-json';
import { MAX_PAGE_ITEMS } from './limits.ts';
import { CLUSTER, CLUSTER_ARN, SERVICE, SERVICE_ARN, taskArnOf } from './names.ts';
import type { ContainerTasks } from './tasks.ts';

/** A caller that names no cluster means the one named `default`, as with the real service; it does not exist here. */
const DEFAULT_CLUSTER = 'default';

/** The cluster that an input names; any other than the one here is refused as not found. */
export const cluster = z.string().default(DEFAULT_CLUSTER);

/** Only tags can be asked for in addition, of which there are none. */
export const include = z.array(z.literal('TAGS')).optional();

/** The input fields that ask for a page. */
export const pageFields = {
  maxResults: z.int().min(1).max(MAX_PAGE_ITEMS).default(MAX_PAGE_ITEMS),
  nextToken: z.string().optional(),
};

export function isCluster(nameOrArn: string): boolean {
  return nameOrArn === CLUSTER || nameOrArn === CLUSTER_ARN;
}

export function isService(nameOrArn: string): boolean {
  return nameOrArn === SERVICE || nameOrArn === SERVICE_ARN;
}

export function requireCluster(nameOrArn: string): void {
  if (!isCluster(nameOrArn)) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
}

export function requireService(nameOrArn: string): void {
  if (!isService(nameOrArn)) throw new AwsError('ServiceNotFoundException', 'Service not found.');
}

/** What a list of ids or ARNs names, and a failure of ECS's shape for each that names nothing. */
export function findAll(tasks: ContainerTasks, idsOrArns: readonly string[]) {
  const found: ContainerTask[] = [];
  const failures: { arn: string; reason: string }[] = [];
  for (const idOrArn of new Set(idsOrArns)) {
    const task = tasks.find(idOrArn);
    if (task === undefined) failures.push({ arn: taskArnOf(idOrArn), reason: 'MISSING' });
    else found.push(task);
  }
  return { found, failures };
}
