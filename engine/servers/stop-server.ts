/** Requests of a server's stop: made once for all aborts that name it, and taken back only while ECS has not accepted them. */
import { SERVER_MOVES } from '#domain/moves';
import { type Server, serverSchema } from '#domain/servers/server';
import { ENDING_SERVER_STATUSES } from '#domain/statuses';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { DRAIN } from './drain-server.ts';

/** What a server has of a stop that was requested, and loses when that is taken back. */
const STOP = ['stopRequestedAt', 'stopTokens', 'abortId'] as const;

/**
 * Requests the stop of a server that drains for this abort, and leaves the callback that waits for its proof. Once its stop was requested by
 * another abort, this one joins. Undefined when the abort was withdrawn from it, or the server has stopped already.
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
  return written.applied && written.item ? serverSchema.parse(written.item) : undefined;
}

/** Leaves the callback that waits for the proof of stop of a server that was lost; false when it has stopped already. */
export async function awaitStop(serverId: string, token: string): Promise<boolean> {
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    add: { stopTokens: new Set([token]) },
    when: [{ attribute: 'status', in: ENDING_SERVER_STATUSES }],
  });
  return written.applied;
}

/** Notes that ECS has accepted the stop of a server: it will stop, whatever becomes of the aborts. */
export async function noteStopAccepted(serverId: string, now: string): Promise<void> {
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    setOnce: { stopAcceptedAt: now },
    when: [{ attribute: 'status', in: ['Stopping'] }],
  });
}

/**
 * Takes an abort that has ended off a server of which ECS has not accepted the stop; when no other abort asks for it, the server goes back to
 * work. Should the stop come all the same, the server hands its tasks back, and they are settled after the proof, as for any other stop.
 */
export async function recallServer(serverId: string, abortId: string): Promise<void> {
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    takeOut: { drainAborts: new Set([abortId]) },
    when: [
      { attribute: 'status', in: SERVER_MOVES.recall.from },
      UNACCEPTED,
      { attribute: 'drainAborts', contains: abortId },
    ],
  });
  await dropStop(serverId);
}

/** Has a server whose stop no abort asks for any more, and ECS has not accepted, go back to work. Repeating it does no harm. */
export async function dropStop(serverId: string): Promise<void> {
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    move: SERVER_MOVES.recall,
    remove: [...DRAIN, ...STOP],
    when: [UNACCEPTED, { attribute: 'drainAborts', exists: false }],
  });
}

const UNACCEPTED = { attribute: 'stopAcceptedAt', exists: false };
