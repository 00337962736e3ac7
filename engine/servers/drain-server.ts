/** Draining: from the guarded write on a server claims nothing; it is given back or stopped, once for all aborts that name it. */
import { SERVER_MOVES } from '#domain/moves';
import { type Server, serverSchema } from '#domain/servers/server';
import { PAST_DRAIN_SERVER_STATUSES } from '#domain/statuses';
import { guardedWrite } from '#store/dynamodb/guarded-write';

/** What a server has of a drain, and loses when it goes back to work. */
export const DRAIN = ['drainingAt', 'drainDeadline', 'drainedAt', 'deadlineReached', 'drainTokens'] as const;

/**
 * Has a live server drain for this abort, until the deadline of the first abort that named it. One whose stop was requested or has happened
 * is past that: the abort shares its end. Repeating it does no harm.
 */
export async function drainServer(
  serverId: string,
  drain: { abortId: string; now: string; deadline: string },
): Promise<void> {
  const key = { serverId };
  const add = { drainAborts: new Set([drain.abortId]) };
  for (let found = true; found; ) {
    const drained = await guardedWrite({
      table: 'servers',
      key,
      move: SERVER_MOVES.drain,
      setOnce: { drainingAt: drain.now, drainDeadline: drain.deadline },
      add,
      when: [],
    });
    if (drained.applied) return;
    const joined = await guardedWrite({
      table: 'servers',
      key,
      add,
      when: [{ attribute: 'status', in: PAST_DRAIN_SERVER_STATUSES }],
    });
    // Neither: it was given back in between, or there is no record of it any more.
    found = !joined.applied && joined.item !== undefined;
  }
}

/** Leaves the callback of the workflow that waits for the drain; whether that abort still has the server drain. */
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

/** Notes that the server runs nothing in Executing any more. Repeating it keeps the first time. */
export async function noteDrained(serverId: string, now: string): Promise<void> {
  await guardedWrite({
    table: 'servers',
    key: { serverId },
    setOnce: { drainedAt: now },
    when: [{ attribute: 'status', in: ['Draining'] }],
  });
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
    move: SERVER_MOVES.resume,
    remove: DRAIN,
    when: [{ attribute: 'drainAborts', exists: false }],
  });
}

/** The callbacks of the drain that belong to an abort, or all of them. */
export function drainCallbacks(server: Server, abortId?: string): string[] {
  return [...(server.drainTokens ?? [])]
    .map((entry) => ({ of: entry.slice(0, entry.indexOf('#')), token: entry.slice(entry.indexOf('#') + 1) }))
    .filter(({ of }) => abortId === undefined || of === abortId)
    .map(({ token }) => token);
}
