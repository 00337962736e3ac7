/** The proof that a container has stopped, as ECS tells it, and what it leads to, whoever brings it. */

import { SERVER_CONTAINER } from '#domain/servers/server';
import { succeed } from '#engine/aws/callbacks';
import { findServer } from '#store/servers';
import { drainCallbacks } from './drain-server.ts';
import { recordStop } from './record-stop.ts';

export type StopProof = {
  readonly stoppedAt: string;
  /** Those of the container task; none when ECS has forgotten it. */
  readonly containers: readonly { readonly name?: string | undefined; readonly exitCode?: number | undefined }[];
};

/**
 * Records the proof, settles what the server held, and has the workflows go on that wait for it. False when no such server ever
 * registered. Repeating it does no harm and completes what was cut off.
 */
export async function proveStop(serverId: string, { stoppedAt, containers }: StopProof): Promise<boolean> {
  const exitCode = containers.find(({ name }) => name === SERVER_CONTAINER)?.exitCode;
  if (!(await recordStop(serverId, { stoppedAt, exitCode }))) return false;
  const server = await findServer(serverId);
  if (server) await succeed([...drainCallbacks(server), ...(server.stopTokens ?? [])]);
  return true;
}
