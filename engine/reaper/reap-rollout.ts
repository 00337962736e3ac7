/** What the reaper does while a deployment replaces the servers. */
import { rolloutOf } from '#domain/servers/rollout';
import type { Server } from '#domain/servers/server';
import { findDeployments, type Service } from '#engine/aws/deployments';
import { inParallel } from '#store/in-parallel';
import { orderRollout } from '#store/servers';

const ORDERS_AT_ONCE = 8;

/**
 * Orders the living servers of former deployments to yield: they claim nothing more, end what they run, lose their
 * protection, and ECS stops them. Those of the new one take over. After the deployment, or when it has failed, takes
 * the orders back. Nothing while there is no deployment; else a call of ECS for 100 servers, and 1 WCU for each change.
 * @throws the SDK's error if ECS refuses
 */
export async function reapRollout(servers: readonly Server[], service: Service): Promise<void> {
  if (!service.isUnderWay && servers.every(({ rollout }) => rollout === undefined)) return;
  const deployments = service.isUnderWay ? await findDeployments(servers) : new Map<string, string>();
  const placed = servers.map((server) => ({ ...server, deploymentId: deployments.get(server.containerArn) }));
  const rollouts = rolloutOf(placed, service);
  const changed = servers.filter(
    ({ serverId, rollout }) => rollouts.has(serverId) && rollouts.get(serverId) !== rollout,
  );
  await inParallel(changed, ORDERS_AT_ONCE, ({ serverId }) => orderRollout(serverId, rollouts.get(serverId)));
}
