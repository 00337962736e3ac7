/** Sends a server back to work: from its drain, or from a stop that ECS has not accepted. */
import type { Server } from '#domain/servers/server';
import { SERVER_MOVES } from '#domain/status-moves';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { toServer } from '#store/servers';

/** What a server has from a drain, and loses when it goes back to work. */
const DRAIN = ['drainingAt', 'drainDeadline', 'drainedAt', 'deadlineReached', 'drainTokens', 'unreplaced'] as const;
/** What it has from a requested stop. */
const STOP = ['stopRequestedAt', 'stopTokens', 'abortId'] as const;
const UNACCEPTED = { attribute: 'stopAcceptedAt', exists: false };
const UNNAMED = { attribute: 'drainAborts', exists: false };

/**
 * Takes an abort off a draining server. If no other abort names it, the server goes back to work. Returns whether this
 * call took the abort off, and the record as it was found. 2 WCU.
 */
export async function resumeServer(serverId: string, abortId: string): Promise<{ done: boolean; server?: Server }> {
  const taken = await takeOff(serverId, abortId, { from: SERVER_MOVES.resume.from, when: [] });
  await resumeUnnamed(serverId);
  const server = taken.item && toServer(taken.item);
  return { done: taken.applied, ...(server ? { server } : {}) };
}

/** Sends a draining server that no abort names back to work. Repeating it changes nothing. 1 WCU. */
export async function resumeUnnamed(serverId: string): Promise<void> {
  const change = { table: 'servers', key: { serverId }, remove: DRAIN, when: [UNNAMED] } as const;
  await guardedWrite({ ...change, move: SERVER_MOVES.resume });
}

/**
 * Takes an ended abort off a server whose stop ECS has not accepted. If no other abort asks for the stop, the server
 * goes back to work. If the stop still comes, it is like any other: the server hands its tasks back, and they are
 * settled after the proof. 2 WCU.
 */
export async function recallServer(serverId: string, abortId: string): Promise<void> {
  await takeOff(serverId, abortId, { from: SERVER_MOVES.recall.from, when: [UNACCEPTED] });
  await recallUnnamed(serverId);
}

/**
 * Sends a server back to work if no abort asks for its stop any more and ECS has not accepted it. Repeating it changes
 * nothing. 1 WCU.
 */
export async function recallUnnamed(serverId: string): Promise<void> {
  const change = {
    table: 'servers',
    key: { serverId },
    remove: [...DRAIN, ...STOP],
    when: [UNACCEPTED, UNNAMED],
  } as const;
  await guardedWrite({ ...change, move: SERVER_MOVES.recall });
}

function takeOff(
  serverId: string,
  abortId: string,
  { from, when }: { from: readonly string[]; when: readonly (typeof UNACCEPTED)[] },
) {
  return guardedWrite({
    table: 'servers',
    key: { serverId },
    takeOut: { drainAborts: new Set([abortId]) },
    when: [{ attribute: 'status', in: from }, ...when, { attribute: 'drainAborts', contains: abortId }],
  });
}
