import { Contended } from '#domain/errors';
import { SERVER_MOVES } from '#domain/status-moves';
import { PAST_DRAIN_SERVER_STATUSES } from '#domain/statuses';
import { guardedWrite } from '#store/dynamodb/guarded-write';

/** A lost round means that the server was resumed in between. */
const MAX_ROUNDS = 10;

/**
 * Orders a live server to drain for this abort, until the deadline of the first abort that named it. From this write on
 * it claims nothing. A server whose stop was requested, or has happened, is past its drain: the abort shares its end.
 * Repeating it changes nothing. 3 WCU at most.
 * @throws Contended after `MAX_ROUNDS`
 */
export async function orderDrain(
  serverId: string,
  drain: { abortId: string; now: string; deadline: string },
): Promise<void> {
  const [set, add] = [{ unreplaced: 'yes' }, { drainAborts: new Set([drain.abortId]) }];
  const change = { table: 'servers', key: { serverId }, set, add } as const;
  const setOnce = { drainingAt: drain.now, drainDeadline: drain.deadline };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if ((await guardedWrite({ ...change, move: SERVER_MOVES.drain, setOnce, when: [] })).applied) return;
    const joined = await guardedWrite({ ...change, when: [{ attribute: 'status', in: PAST_DRAIN_SERVER_STATUSES }] });
    // There is no such server: its record has expired.
    if (joined.applied || joined.item === undefined) return;
  }
  throw new Contended(`server ${serverId}`, MAX_ROUNDS);
}
