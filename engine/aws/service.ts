/** The ECS service of the servers. */
import { DescribeServicesCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { settings } from '#engine/settings';
import { ecs } from './clients.ts';

/** A caller whose act is done already waits no longer than this, repeats of throttled requests included. */
const LIMIT_MS = 3_000;

/**
 * Asks ECS for at least this many servers. It never lowers their number: the scaling, or a person, may have asked for
 * more. Starting them takes ECS a while; this does not wait for it.
 * @throws the SDK's error if ECS refuses, or after `LIMIT_MS`
 */
export async function raiseServers(wanted: number): Promise<void> {
  const { cluster, service } = settings();
  const limit = { abortSignal: AbortSignal.timeout(LIMIT_MS) };
  const { services = [] } = await ecs().send(new DescribeServicesCommand({ cluster, services: [service] }), limit);
  if ((services[0]?.desiredCount ?? 0) >= wanted) return;
  await ecs().send(new UpdateServiceCommand({ cluster, service, desiredCount: wanted }), limit);
}
