import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readStopOrder, stopOrder } from '#domain/aborts/abort';
import {
  dispatchRank,
  drawPriority,
  isInTurn,
  PRIORITIES,
  PRIORITY_WEIGHTS,
  type Priority,
  rankPrefix,
} from '#domain/priorities';
import { DEFAULT_ROLE_NAMES, mayActAs, ROLES, roleNamesSchema, rolesAmong } from '#domain/roles';
import { isAlive, serverSchema } from '#domain/servers/server';
import { SERVER_STATUSES } from '#domain/statuses';
import { retryDelaySeconds } from '#domain/tasks/retries';
import { groupOfReadyKey, notBeforeOf, readyKey } from '#domain/tasks/task';

describe('the delay before a retry', () => {
  const anyChance = fc.double({ min: 0, max: 1, noNaN: true });

  test.each([
    [1, 0.5, 1],
    [2, 1, 2],
    [3, 2, 4],
    [8, 64, 128],
    [9, 128, 256],
    [10, 150, 300],
    [20, 150, 300],
  ])('after %i failures is %d to %d seconds', (failures, least, most) => {
    expect(retryDelaySeconds(failures, 0)).toBe(least);
    expect(retryDelaySeconds(failures, 1)).toBe(most);
  });

  test('is always between half a second and five minutes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), anyChance, (failures, chance) => {
        expect(retryDelaySeconds(failures, chance)).toBeGreaterThanOrEqual(0.5);
        expect(retryDelaySeconds(failures, chance)).toBeLessThanOrEqual(300);
      }),
    );
  });

  test('never gets shorter with another failure, for the same chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), anyChance, (failures, chance) => {
        expect(retryDelaySeconds(failures + 1, chance)).toBeGreaterThanOrEqual(retryDelaySeconds(failures, chance));
      }),
    );
  });
});

describe('roles', () => {
  // Rows: the caller's role; columns: the role that is needed, in the order of the product's table.
  test.each([
    ['Reader', [true, false, false, false]],
    ['BatchUser', [true, true, false, false]],
    ['BatchJobManager', [true, true, true, false]],
    ['SystemAdministrator', [true, true, true, true]],
  ] as const)('a %s may do what its own and the lower roles may', (role, expected) => {
    expect(ROLES).toEqual(['Reader', 'BatchUser', 'BatchJobManager', 'SystemAdministrator']);
    expect(ROLES.map((needed) => mayActAs({ user: 'alice', roles: [role] }, needed))).toEqual(expected);
  });

  test('the highest of several roles counts, and without a role nothing is allowed', () => {
    expect(mayActAs({ user: 'alice', roles: ['BatchJobManager', 'Reader'] }, 'BatchJobManager')).toBe(true);
    expect(mayActAs({ user: 'alice', roles: [] }, 'Reader')).toBe(false);
  });

  test('groups that are not roles are ignored, also those that look like one', () => {
    const groups = ['BatchUser', 'Marketing', 'reader', 'SystemAdministrator ', '__proto__', 7, null, ['Reader']];
    expect(rolesAmong(groups, DEFAULT_ROLE_NAMES)).toEqual(['BatchUser']);
    expect(rolesAmong([], DEFAULT_ROLE_NAMES)).toEqual([]);
  });

  test("names of one's own stand for roles, and then the names of the roles stand for nothing", () => {
    const names = roleNamesSchema.parse({ 'Ops Team': 'BatchJobManager', Everyone: 'Reader', All: 'Reader' });
    expect(rolesAmong(['All', 'Everyone', 'Ops Team'], names)).toEqual(['Reader', 'BatchJobManager']);
    expect(rolesAmong(['SystemAdministrator', 'constructor', 'Ops'], names)).toEqual([]);
  });

  test('names stand for known roles only, and all fit into a variable of a function', () => {
    expect(roleNamesSchema.safeParse({ Ops: 'Root' }).success).toBe(false);
    expect(roleNamesSchema.safeParse({ ['x'.repeat(1_500)]: 'Reader' }).success).toBe(false);
  });
});

test('a server may still run tasks unless it is Stopped or Lost', () => {
  const server = { serverId: 's', containerArn: 'a', batchGroups: ['*'], slots: 1, startedAt: '', heartbeatAt: '' };
  const alive = SERVER_STATUSES.filter((status) => isAlive(serverSchema.parse({ ...server, status })));
  expect(alive).toEqual(['Active', 'Draining', 'Stopping']);
});

const anyTime = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
const anyRanked = fc.record({
  priority: fc.constantFrom(...PRIORITIES),
  at: anyTime.map((date) => date.toISOString()),
  jobId: fc.constantFrom('01A', '01B'),
});

test('jobs are dispatched by priority, then by the time of their turn, then by age', () => {
  const orderOf = ({ priority, at, jobId }: { priority: Priority; at: string; jobId: string }) =>
    [PRIORITIES.length - PRIORITIES.indexOf(priority), at, jobId].join(' ');
  fc.assert(
    fc.property(anyRanked, anyRanked, (one, other) => {
      const ranks = [one, other].map(({ priority, at, jobId }) => dispatchRank(priority, at, jobId));
      const orders = [one, other].map(orderOf);
      expect((ranks[0] ?? '') < (ranks[1] ?? '')).toBe((orders[0] ?? '') < (orders[1] ?? ''));
    }),
  );
});

test('the turn of a job comes exactly at its time, for any priority', () => {
  fc.assert(
    fc.property(anyRanked, anyTime, ({ priority, at, jobId }, now) => {
      expect(isInTurn(dispatchRank(priority, at, jobId), now.toISOString())).toBe(at <= now.toISOString());
      expect(isInTurn(dispatchRank(priority, at, jobId), at)).toBe(true);
    }),
  );
});

test('the rank of a job begins with the prefix of its priority and of no other', () => {
  for (const priority of PRIORITIES) {
    const begins = PRIORITIES.filter((other) =>
      dispatchRank(priority, '2026-01-01T00:00:00.000Z', '01A').startsWith(rankPrefix(other)),
    );
    expect(begins).toEqual([priority]);
  }
});

describe('the priority that is looked at next', () => {
  const anyPresent = fc.subarray([...PRIORITIES], { minLength: 1 });

  test('is one of those that have work, for any chance', () => {
    fc.assert(
      fc.property(anyPresent, fc.double({ min: 0, max: 1, noNaN: true }), (present, chance) => {
        expect(present).toContain(drawPriority(present, chance));
      }),
    );
    expect(drawPriority([], 0.5)).toBeUndefined();
  });

  test('is drawn as often as its weight says, so that no priority starves', () => {
    expect(Object.values(PRIORITY_WEIGHTS).reduce((sum, weight) => sum + weight, 0)).toBe(100);
    const draws = Array.from({ length: 100 }, (_, at) => drawPriority(PRIORITIES, (at + 0.5) / 100));
    for (const priority of PRIORITIES) {
      expect(draws.filter((each) => each === priority)).toHaveLength(PRIORITY_WEIGHTS[priority]);
    }
  });
});

test('each priority that has work gets its share of the looks, for any set of priorities', () => {
  const looks = 2_000;
  fc.assert(
    fc.property(fc.subarray([...PRIORITIES], { minLength: 1 }), (present) => {
      const total = present.reduce((sum, priority) => sum + PRIORITY_WEIGHTS[priority], 0);
      const drawn = Array.from({ length: looks }, (_, at) => drawPriority(present, (at + 0.5) / looks));
      for (const priority of present) {
        const share = drawn.filter((each) => each === priority).length / looks;
        expect(share).toBeCloseTo(PRIORITY_WEIGHTS[priority] / total, 2);
      }
    }),
  );
});

test('the key of a Ready task returns the group and the time that it was made with, for any group and task', () => {
  const anyLabel = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/);
  const anyMark = fc.constantFrom('', 'run2');
  fc.assert(
    fc.property(anyLabel, anyLabel, fc.option(anyTime, { nil: undefined }), anyMark, (batchGroup, taskId, at, mark) => {
      const key = readyKey({ batchGroup, taskId }, at?.toISOString(), mark);
      expect([groupOfReadyKey(key), notBeforeOf(key)]).toEqual([batchGroup, at?.toISOString() ?? '']);
    }),
  );
});

test('Ready tasks of a group that may run now come before those that wait for a time', () => {
  const task = { batchGroup: 'g', taskId: 'z' };
  const keys = [
    readyKey(task),
    readyKey(task, '2026-01-01T00:00:00.000Z'),
    readyKey({ ...task, taskId: 'a' }, '2026-01-02T00:00:00.000Z'),
  ];
  expect(keys.toSorted()).toEqual(keys);
});

test('a stop order names the claim and the abort', () => {
  const task = { jobId: 'j', taskId: 't', shardId: 'j#0', serverId: 's', claimId: 'claim-1' };
  expect(readStopOrder(stopOrder(task, 'abort-1'))).toEqual({ claimId: 'claim-1', abortId: 'abort-1' });
});
