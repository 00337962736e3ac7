/** Whose silence is a proof: what looks at the servers see, with a heartbeat of 1 s and a lease of 3 s. */
import { describe, expect, test } from '@jest/globals';
import { LONGER_PROOF_LEASES } from '#domain/limits';
import type { Server } from '#domain/servers/server';
import { isInTime, judge, type Look, lookOf } from '#domain/servers/silence';

const at = (second: number) => new Date(1_000_000 + second * 1_000).toISOString();

const server = (serverId: string, beat: number, more: Partial<Server> = {}): Server => ({
  serverId,
  containerArn: 'an-arn',
  status: 'Active',
  batchGroups: ['*'],
  slots: 1,
  startedAt: at(0),
  heartbeatAt: at(beat),
  ...more,
});

const reading = (servers: readonly Server[], from: number, to = from) => ({
  servers,
  from: at(from),
  to: at(to),
  heartbeatSeconds: 1,
});

/** The ids of the servers that the last of these looks declares lost or holds back. */
function judged(...readings: ReturnType<typeof reading>[]) {
  let look: Look | undefined;
  for (const each of readings) look = lookOf(each, look);
  const last = readings.at(-1);
  if (!look || !last) throw new Error('There is no look.');
  const { lost, heldBack } = judge(look, last);
  return { lost: lost.map(({ serverId }) => serverId), heldBack: heldBack.map(({ serverId }) => serverId) };
}

/** Servers `s0`, `s1` and so on, whose last heartbeat was at that second. */
const fleet = (count: number, beat: number) => Array.from({ length: count }, (_, index) => server(`s${index}`, beat));

describe('a server is lost', () => {
  test.each([
    ['seen silent by two good looks, a lease apart', [reading(fleet(1, 0), 3), reading(fleet(1, 0), 6)]],
    ['also when the second comes a little early', [reading(fleet(1, 0), 3, 3.1), reading(fleet(1, 0), 5.9)]],
    [
      'also when looks in between saw nothing else',
      [reading(fleet(1, 0), 3), reading(fleet(1, 0), 4.5), reading(fleet(1, 0), 6)],
    ],
    [
      'also when it drains',
      [reading([server('s0', 0, { status: 'Draining' })], 3), reading([server('s0', 0, { status: 'Draining' })], 6)],
    ],
  ])('%s', (_what, readings) => {
    expect(judged(...readings).lost).toEqual(['s0']);
  });
});

describe('a server is not lost', () => {
  test.each([
    ['at the first look, however old its heartbeat is', [reading(fleet(1, 0), 100)]],
    ['when a look comes too soon after the first one', [reading(fleet(1, 0), 3), reading(fleet(1, 0), 5.3)]],
    ['when it sent a heartbeat in between', [reading(fleet(1, 0), 3), reading(fleet(1, 1), 6)]],
    ['when the first look did not see it late yet', [reading(fleet(1, 0), 2), reading(fleet(1, 0), 5)]],
    ['after a time without looks', [reading(fleet(1, 0), 3), reading(fleet(1, 0), 9.1)]],
    ['also when the wait for the store makes it so long', [reading(fleet(1, 0), 3), reading(fleet(1, 0), 8.9, 9.1)]],
    ['at a look that was slow', [reading(fleet(1, 0), 3), reading(fleet(1, 0), 6, 7.1)]],
    [
      'when a look since the first one was slow',
      [reading(fleet(1, 0), 3), reading(fleet(1, 0), 4, 6), reading(fleet(1, 0), 7)],
    ],
    ['while the first look waited for the store', [reading(fleet(1, 0), 3, 3.9), reading(fleet(1, 0), 6.2)]],
    ['when it is stopped already', [reading(fleet(1, 0), 3), reading([server('s0', 0, { status: 'Stopped' })], 6)]],
  ])('%s', (_what, readings) => {
    expect(judged(...readings)).toEqual({ lost: [], heldBack: [] });
  });

  test('so a pause of the store or of everything, however long, costs no server that beats after it', () => {
    const before = reading(fleet(2, 2.5), 3);
    for (const pause of [1, 5, 60]) {
      const [resumed, next] = [3 + pause, 6 + pause];
      expect(judged(before, reading(fleet(2, 2.5), 3, resumed), reading(fleet(2, resumed + 1), next)).lost).toEqual([]);
      expect(judged(before, reading(fleet(2, 2.5), resumed), reading(fleet(2, resumed + 1), next)).lost).toEqual([]);
    }
  });
});

describe('when many are silent at once', () => {
  const silentAt = (seconds: number, servers = fleet(9, 0)) => [
    ...Array.from({ length: Math.ceil(seconds / 3) }, (_, index) => reading(servers, 3 + 3 * index)),
    reading(servers, 3 + seconds),
  ];

  test('a third of the fleet is lost, and the others are held back', () => {
    const { lost, heldBack } = judged(...silentAt(3));
    expect([lost.length, heldBack.length]).toEqual([3, 6]);
  });

  test('at least one server is lost', () => {
    expect(judged(...silentAt(3, fleet(2, 0)))).toEqual({ lost: ['s0'], heldBack: ['s1'] });
  });

  test('those that were lost within the last lease count', () => {
    const lostAt = (second: number) => [
      ...fleet(9, 0).slice(0, 7),
      ...['a', 'b'].map((id) => server(id, 0, { status: 'Lost', lostAt: at(second) })),
    ];
    expect(judged(...silentAt(6, lostAt(8))).lost).toHaveLength(1);
    expect(judged(...silentAt(6, lostAt(6))).lost).toHaveLength(2);
  });

  test('those that are silent for longest come first', () => {
    const [one, other] = [server('one', 5.5), server('other', 0)];
    const late = [server('one', 0), other];
    expect(judged(reading([one, other], 6), reading([one, other], 9), reading([one, other], 12)).lost).toEqual([
      'other',
    ]);
    expect(judged(reading(late, 3), reading(late, 6)).lost).toEqual(['one']);
  });

  test('all are lost after the longer proof', () => {
    const { lost, heldBack } = judged(...silentAt(3 * LONGER_PROOF_LEASES));
    expect([lost.length, heldBack.length]).toEqual([9, 0]);
  });
});

test('A reading is in time within one heartbeat period', () => {
  expect([isInTime(reading([], 3, 4)), isInTime(reading([], 3, 4.1))]).toEqual([true, false]);
});
