import type { EventBridgeEvent } from 'aws-lambda';
import { z } from 'zod';
import { proveStop } from '#engine/servers/prove-stop';
import { logger } from '#functions/logger';

const detailSchema = z.object({
  taskArn: z.string(),
  lastStatus: z.string(),
  stoppedAt: z.string().optional(),
  containers: z.array(z.object({ name: z.string().optional(), exitCode: z.number().optional() })).default([]),
});

/**
 * ECS says that a container has stopped: that is the proof without which nothing that ran in it may be run again. Events come at
 * least once and in any order; only `STOPPED` counts, and recording it twice does no harm.
 */
export async function handler(event: EventBridgeEvent<'ECS Task State Change', unknown>): Promise<void> {
  const detail = detailSchema.parse(event.detail);
  if (detail.lastStatus !== 'STOPPED') return;
  const serverId = detail.taskArn.slice(detail.taskArn.lastIndexOf('/') + 1);
  const { stoppedAt = event.time, containers } = detail;
  const known = await proveStop(serverId, { stoppedAt, containers });
  if (!known) logger.info('A container stopped before its server had registered.', { serverId });
}
