import type { Measured } from '#domain/measures';
import { isSilent, type Server } from '#domain/servers/server';
import { describeService, type Service } from '#engine/aws/deployments';
import { settings } from '#engine/settings';
import type { BoundedWork } from './bounded-work.ts';
import { reapRollout } from './reap-rollout.ts';

type Reaper = { readonly boundedWork: BoundedWork; publish(values: Measured): void };

/**
 * Publishes what the living servers say of themselves, and carries on a deployment of them. Returns the ECS service as
 * it is now; undefined if ECS does not say, which is logged and holds up nothing else.
 */
export async function lookAtService(
  servers: readonly Server[],
  { boundedWork, publish }: Reaper,
): Promise<Service | undefined> {
  const running = servers.reduce((sum, { attempts = 0 }) => sum + attempts, 0);
  const refused = servers.filter((server) => server.protectionRefusedSince !== undefined).length;
  if (running > 0) publish({ RunningTasks: running });
  if (refused > 0) publish({ ProtectionRefused: refused });
  const seen: { service?: Service | undefined } = {};
  await boundedWork.doInTime('the service', async () => {
    seen.service = await describeService();
    if (seen.service) await reapRollout(servers.filter(isHeard), seen.service);
  });
  return seen.service;
}

/** A silent server neither takes over nor can hear an order. */
function isHeard(server: Server): boolean {
  return !isSilent(server, { now: new Date().toISOString(), heartbeatSeconds: settings().heartbeatSeconds });
}
