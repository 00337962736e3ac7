/** The clusters, services and tasks that a request refers to. */
import { z } from 'zod';
import type { ContainerTask } from '#local/aws/ecs/containers/container-task';
import { AwsError } from '#local/aws/wire/aws-json';
import { MAX_PAGE_ITEMS } from './limits.ts';
import { CLUSTER, CLUSTER_ARN, SERVICE, SERVICE_ARN, taskArnOf } from './names.ts';
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

/** Whether the name or ARN is that of the cluster. */
export function isCluster(nameOrArn: string): boolean {
  return nameOrArn === CLUSTER || nameOrArn === CLUSTER_ARN;
}

/** Whether the name or ARN is that of the service. */
export function isService(nameOrArn: string): boolean {
  return nameOrArn === SERVICE || nameOrArn === SERVICE_ARN;
}

/** @throws AwsError ClusterNotFoundException for another cluster */
export function requireCluster(nameOrArn: string): void {
  if (!isCluster(nameOrArn)) throw new AwsError('ClusterNotFoundException', 'Cluster not found.');
}

/** @throws AwsError ServiceNotFoundException for another service */
export function requireService(nameOrArn: string): void {
  if (!isService(nameOrArn)) throw new AwsError('ServiceNotFoundException', 'Service not found.');
}

/** Finds tasks by ids or ARNs. Returns a failure of ECS's shape for each unknown one. */
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
