/**
 * The workflow's side of a drain that `orderDrain` has begun: a callback waits until no task of the server is
 * Executing.
 */
import { fail, succeed } from '#engine/aws/callbacks';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { getServer } from '#store/servers';

/**
 * Leaves the callback with the draining server, which answers it as soon as none of its tasks is Executing. If the
 * server is past its drain, or the abort was withdrawn from it, the callback is answered at once. A repeat leaves
 * another callback.
 * @throws Refusal NotFound
 */
export async function drainServer(wait: { abortId: string; serverId: string; token: string }): Promise<void> {
  const { abortId, serverId, token } = wait;
  if (await awaitDrain(serverId, { abortId, token })) return;
  const server = await getServer(serverId);
  if (server.drainAborts?.has(abortId)) await succeed([token]);
  else await fail([token], 'Withdrawn');
}

/**
 * Leaves the callback of the workflow that waits for the drain; false if the server no longer drains for that abort. 1
 * WCU.
 */
export async function awaitDrain(serverId: string, callback: { abortId: string; token: string }): Promise<boolean> {
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    add: { drainTokens: new Set([`${callback.abortId}#${callback.token}`]) },
    when: [
      { attribute: 'status', in: ['Draining'] },
      { attribute: 'drainAborts', contains: callback.abortId },
    ],
  });
  return written.applied;
}

/** Notes that none of the server's tasks is Executing any more. Repeating it keeps the first time. 1 WCU. */
export async function noteDrained(serverId: string, now: string): Promise<void> {
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    setOnce: { drainedAt: now },
    when: [{ attribute: 'status', in: ['Draining'] }],
  });
}
