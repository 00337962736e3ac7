/** Draining: from the guarded write on a server claims nothing; it is given back or stopped, once for all aborts that name it. */
import { SERVER_MOVES } from '#domain/moves';
import { type Server, serverSchema } from '#domain/server';
import { guardedWrite, type Written } from './write.ts';

/** What a server has of a drain, and loses when it goes back to work. */
const DRAIN = ['drainingAt', 'drainDeadline', 'drainedAt', 'deadlineReached'] as const;

/**
 * Has a live server drain for this abort, until the deadline of the first abort that named it. False when it cannot drain any more: its stop
 * was requested or has happened. Repeating it does no harm.
 */
export async function drainServer(
  serverId: string,
  drain: { abortId: string; now: string; deadline: string },
): Promise<boolean> {
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    set: { status: SERVER_MOVES.drain.to },
    setOnce: { drainingAt: drain.now, drainDeadline: drain.deadline },
    add: { drainAborts: new Set([drain.abortId]) },
    when: [{ attribute: 'status', in: SERVER_MOVES.drain.from }],
  });
  return written.applied;
}

/** Leaves the callback of the workflow that waits for the drain. The server's record, if that abort still has it drain. */
export async function awaitDrain(
  serverId: string,
  callback: { abortId: string; token: string },
): Promise<Server | undefined> {
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    add: { drainTokens: new Set([`${callback.abortId}#${callback.token}`]) },
    when: [
      { attribute: 'status', in: ['Draining'] },
      { attribute: 'drainAborts', contains: callback.abortId },
    ],
  });
  return serverOf(written);
}

/** Notes that the server runs nothing in Executing any more. Repeating it keeps the first time. */
export async function noteDrained(serverId: string, now: string): Promise<void> {
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    setOnce: { drainedAt: now },
    when: [{ attribute: 'status', in: ['Draining'] }],
  });
}

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
    set: { status: SERVER_MOVES.stop.to },
    setOnce: { stopRequestedAt: stop.now, deadlineReached: stop.deadlineReached, abortId: stop.abortId },
    add: { stopTokens: new Set([stop.token]) },
    when: [
      { attribute: 'status', in: SERVER_MOVES.stop.from },
      { attribute: 'drainAborts', contains: stop.abortId },
    ],
  });
  return serverOf(written);
}

/** Leaves the callback that waits for the proof of stop of a server that was lost; false when it has stopped already. */
export async function awaitStop(serverId: string, token: string): Promise<boolean> {
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    add: { stopTokens: new Set([token]) },
    when: [{ attribute: 'status', in: ['Stopping', 'Lost'] }],
  });
  return written.applied;
}

/** Takes an abort off a server that drains; when no other abort has it drain, it goes back to work. Gives the record as it was found. */
export async function giveBack(serverId: string, abortId: string): Promise<{ done: boolean; server?: Server }> {
  const taken = await guardedWrite({
    table: 'servers',
    key: { serverId },
    takeOut: { drainAborts: new Set([abortId]) },
    when: [
      { attribute: 'status', in: SERVER_MOVES.resume.from },
      { attribute: 'drainAborts', contains: abortId },
    ],
  });
  await resumeServer(serverId);
  const server = taken.item && serverSchema.parse(taken.item);
  return { done: taken.applied, ...(server ? { server } : {}) };
}

/** Has a draining server that no abort names any more go back to work. Repeating it does no harm. */
export async function resumeServer(serverId: string): Promise<void> {
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    set: { status: SERVER_MOVES.resume.to },
    remove: [...DRAIN, 'drainTokens'],
    when: [
      { attribute: 'status', in: SERVER_MOVES.resume.from },
      { attribute: 'drainAborts', exists: false },
    ],
  });
}

/** The callbacks of the drain that belong to an abort, or all of them. */
export function drainCallbacks(server: Server, abortId?: string): string[] {
  return [...(server.drainTokens ?? [])]
    .map((entry) => ({ of: entry.slice(0, entry.indexOf('#')), token: entry.slice(entry.indexOf('#') + 1) }))
    .filter(({ of }) => abortId === undefined || of === abortId)
    .map(({ token }) => token);
}

function serverOf(written: Written): Server | undefined {
  return written.applied && written.item ? serverSchema.parse(written.item) : undefined;
}
