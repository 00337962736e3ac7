/** The ECS service of the servers. */
import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { settings } from '#engine/settings';
import { ecs, request } from './clients.ts';

/**
 * Asks ECS for at least this many servers, and does not wait until they have started. It never lowers their number: the
 * scaling, or a person, may have asked for more.
 * @throws OutOfTime, Throttled like `request`
 */
export async function raiseServers(wanted: number): Promise<void> {
  const { cluster, service } = settings();
  const describe = new DescribeServicesCommand({ cluster, services: [service] });
  const { services = [] } = await request((options) => ecs().send(describe, options));
  if ((services[0]?.desiredCount ?? 0) >= wanted) return;
  const update = new UpdateServiceCommand({ cluster, service, desiredCount: wanted });
  await request((options) => ecs().send(update, options));
}
