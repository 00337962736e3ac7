/** The deployments of the servers' ECS service, and the number of servers that it is to have. */
import { DescribeServicesCommand, DescribeTasksCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { Server } from '#domain/servers/server';
import { settings } from '#engine/settings';
import { ecs, request } from './clients.ts';

/** The most that one request of DescribeTasks may name. */
const MAX_DESCRIBED = 100;

/** The service as ECS describes it. */
export type Service = {
  /** How many servers it is to have. */
  readonly desired: number;
  /** The id of the deployment whose containers it is to run. */
  readonly primaryId: string;
  /** Whether containers of former deployments remain, and the primary one has not failed. */
  readonly isUnderWay: boolean;
};

/**
 * The service now; undefined if ECS does not know it.
 * @throws OutOfTime, Throttled like `request`
 */
export async function describeService(): Promise<Service | undefined> {
  const { cluster, service } = settings();
  const describe = new DescribeServicesCommand({ cluster, services: [service] });
  const { services = [] } = await request((options) => ecs().send(describe, options));
  const { desiredCount = 0, deployments = [] } = services[0] ?? {};
  const primary = deployments.find(({ status }) => status === 'PRIMARY');
  if (primary?.id === undefined) return undefined;
  const isUnderWay = deployments.length > 1 && primary.rolloutState !== 'FAILED';
  return { desired: desiredCount, primaryId: primary.id, isUnderWay };
}

/**
 * Asks ECS for this number of servers.
 * @throws OutOfTime, Throttled like `request`
 */
export async function setServers(desiredCount: number): Promise<void> {
  const { cluster, service } = settings();
  const update = new UpdateServiceCommand({ cluster, service, desiredCount });
  await request((options) => ecs().send(update, options));
}

/**
 * The deployments that started the servers' containers, by the containers' ARNs; without those that ECS does not know.
 * @throws OutOfTime, Throttled like `request`
 */
export async function findDeployments(servers: readonly Server[]): Promise<ReadonlyMap<string, string>> {
  const { cluster } = settings();
  const found = new Map<string, string>();
  for (let first = 0; first < servers.length; first += MAX_DESCRIBED) {
    const arns = servers.slice(first, first + MAX_DESCRIBED).map(({ containerArn }) => containerArn);
    const describe = new DescribeTasksCommand({ cluster, tasks: arns });
    const { tasks = [] } = await request((options) => ecs().send(describe, options));
    for (const { taskArn = '', startedBy = '' } of tasks) found.set(taskArn, startedBy);
  }
  return found;
}
