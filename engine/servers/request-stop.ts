/** Requests of a server's stop: one request serves all aborts that name it. */
import type { Server } from '#domain/servers/server';
import { SERVER_MOVES } from '#domain/status-moves';
import { ENDING_SERVER_STATUSES } from '#domain/statuses';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { toServer } from '#store/servers';

/**
 * Requests the stop of a server that drains for this abort, and leaves the callback that waits for its proof. If
 * another abort has requested the stop, this one joins. Undefined if the abort was withdrawn from the server, or the
 * server has stopped already.
 */
export async function requestStop(
  serverId: string,
  stop: { abortId: string; token: string; now: string; deadlineReached: boolean },
): Promise<Server | undefined> {
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    move: SERVER_MOVES.stop,
    setOnce: { stopRequestedAt: stop.now, deadlineReached: stop.deadlineReached, abortId: stop.abortId },
    add: { stopTokens: new Set([stop.token]) },
    when: [{ attribute: 'drainAborts', contains: stop.abortId }],
  });
  return written.applied && written.item ? toServer(written.item) : undefined;
}

/** Leaves the callback that waits for the proof of a lost server's stop; false if the server has stopped already. */
export async function awaitStop(serverId: string, token: string): Promise<boolean> {
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    add: { stopTokens: new Set([token]) },
    when: [{ attribute: 'status', in: ENDING_SERVER_STATUSES }],
  });
  return written.applied;
}

/** Notes that ECS has accepted the stop of a server: it will stop, whatever happens to the aborts. */
export async function noteStopAccepted(serverId: string, now: string): Promise<void> {
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    setOnce: { stopAcceptedAt: now },
    when: [{ attribute: 'status', in: ['Stopping'] }],
  });
}
