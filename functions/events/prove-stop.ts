import { SERVER_CONTAINER } from '#domain/servers/server';
import { afterStop } from '#engine/after-stop';
import { proveStop } from '#engine/servers/prove-stop';
import { logger } from '#functions/logger';
import { publish } from '#functions/measures';
import { event } from '#functions/middleware/base';

/**
 * ECS reports that a container has stopped: no task that ran in it may run again without this proof. Events arrive at
 * least once and in any order; only `STOPPED` counts, and recording it twice does no harm.
 */
export const handler = event('prove-stop', async ({ time, detail }) => {
  if (detail.lastStatus !== 'STOPPED') return;
  const serverId = detail.taskArn.slice(detail.taskArn.lastIndexOf('/') + 1);
  const { stoppedAt = time, stopCode, stoppedReason, containers } = detail;
  const stopped = await proveStop(serverId, { stoppedAt, stopCode, stoppedReason, containers });
  if (stopped) await afterStop(stopped);
  else logger.info('A container stopped before its server had registered.', { serverId });
  if (isFault(detail)) publish({ ServerExits: 1 });
});

type Stopped = {
  readonly stopCode?: string | undefined;
  readonly stoppedReason?: string | undefined;
  readonly containers: readonly { readonly name?: string | undefined; readonly exitCode?: number | undefined }[];
};

/** ECS stopped it because the server failed. A repeated event counts twice. */
function isFault({ stopCode, stoppedReason = '', containers }: Stopped): boolean {
  const { exitCode } = containers.find(({ name }) => name === SERVER_CONTAINER) ?? {};
  if (stopCode === 'EssentialContainerExited') return exitCode !== 0;
  return stopCode === 'TaskFailedToStart' || stoppedReason.includes('health check');
}
