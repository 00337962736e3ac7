import { expect, test } from '@jest/globals';
import { waitsOn } from '#domain/jobs/wait-words';
import { type OpenTask, waitingOf } from '#domain/jobs/waiting';
import type { Server } from '#domain/servers/server';
import { jobOf, taskOf } from '#test/support/domain/records';

const NOW = '2026-01-02T00:00:00.000Z';
const LATER = '2026-01-02T01:00:00.000Z';

function serverOf(given: Partial<Server> = {}): Server {
  return {
    serverId: 's1',
    containerArn: 'arn',
    status: 'Active',
    batchGroups: ['default'],
    handlers: ['echo'],
    slots: 2,
    attempts: 1,
    startedAt: NOW,
    heartbeatAt: NOW,
    ...given,
  };
}

const waiting = (tasks: readonly OpenTask[], given: { job?: object; servers?: readonly Server[] } = {}) =>
  waitingOf({ job: jobOf(given.job), tasks, servers: given.servers ?? [serverOf()], now: NOW });

const DRAINING = { drainingAt: NOW, drainDeadline: LATER };

test.each([
  ['a server with a free slot', {}, [serverOf({ attempts: 2 }), serverOf()], { for: 'Turn', of: 'default' }],
  ['a slot', {}, [serverOf({ attempts: 2 })], { for: 'SlotsTaken', of: 'default' }],
  ['the group', { batchGroup: 'night' }, [serverOf()], { for: 'NoServerForGroup', of: 'night' }],
  ['any server', {}, [], { for: 'NoServerForGroup', of: 'default' }],
  ['the handler', { handler: 'x' }, [serverOf()], { for: 'NoServerForHandler', of: 'x' }],
  [
    'the handler in its group',
    { handler: 'x' },
    [serverOf(), serverOf({ handlers: ['x'], batchGroups: ['night'] })],
    { for: 'NoServerForHandler', of: 'x' },
  ],
  [
    'the end of a drain',
    {},
    [serverOf({ status: 'Draining', ...DRAINING })],
    { for: 'Draining', of: 'default', since: NOW, until: LATER },
  ],
  ['a new server', {}, [serverOf({ rollout: 'yields' })], { for: 'Draining', of: 'default' }],
  ['its start', { notBefore: LATER }, [], { for: 'StartTime', until: LATER }],
  ['its retry', { notBefore: LATER, failures: 1 }, [], { for: 'Retry', until: LATER }],
])('A Ready task says that it waits for %s', (_what, given, servers, expected) => {
  const items = waiting([{ ...taskOf(), ...given }], { servers });
  expect(items).toMatchObject([{ ...expected, tasks: 1, taskIds: ['t000001'], doNext: expect.any(String) }]);
});

test('Tasks with unmet dependencies are one count, with the task that most of them wait for', () => {
  const on = (taskId: string) => [{ taskId, expected: 'Finished' as const }];
  const later = (taskId: string, dependsOn = on('a')) => taskOf({ taskId, status: 'Waiting', dependsOn });
  const tasks = [taskOf({ taskId: 'a', status: 'Executing' }), later('b'), later('c'), later('d', on('c'))];
  expect(waiting(tasks)).toMatchObject([{ for: 'Dependency', of: 'a', tasks: 3, taskIds: ['b', 'c', 'd'] }]);
  const chained = [later('d', on('b')), later('c', on('b')), later('b'), taskOf({ taskId: 'a', status: 'Executing' })];
  expect(waiting(chained)).toMatchObject([{ for: 'Dependency', of: 'a', tasks: 3 }]);
});

test('All tasks that are waited for are named within a limit, and counted', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const dependsOn = ids.map((taskId) => ({ taskId, expected: 'Finished' as const }));
  const open = ids.slice(1).map((taskId) => taskOf({ taskId, status: 'Executing' }));
  const last = taskOf({ taskId: 'z', status: 'Waiting', dependsOn });
  const [wait = { of: 'none' }] = waiting([...open, last, { ...last, taskId: 'y', dependsOn: dependsOn.slice(2, 3) }]);
  expect(wait).toMatchObject({ of: 'c', dependencies: { taskIds: ['c', 'b', 'd', 'e', 'f'], total: 6 } });
  expect(waitsOn(wait)).toBe('c, b, d, e, f and 1 more');
});

test.each([
  ['Hold', { status: 'Withhold', heldAt: NOW }, { since: NOW }],
  ['Writing', { status: 'Waiting', writingUntil: LATER }, { until: LATER }],
  ['Requeue', { status: 'Waiting', requeue: { requestedBy: 'a', requestedAt: NOW, scope: 'All' } }, { since: NOW }],
])('A job that waits for %s says only that', (kind, job, more) => {
  expect(waiting([taskOf()], { job })).toMatchObject([{ for: kind, ...more, doNext: expect.any(String) }]);
});

test('A cancelled job waits for what runs, and says what cannot be interrupted', () => {
  const job = { status: 'Cancelling', cancel: { requestedBy: 'a', requestedAt: NOW } };
  const held = { status: 'Cancelling', serverId: 's1' } as const;
  const tasks = [
    taskOf({ taskId: 'a', ...held }),
    taskOf({ taskId: 'b', ...held, waitingFor: 'UnmanagedWait' }),
    taskOf(),
  ];
  expect(waiting(tasks, { job })).toMatchObject([
    { for: 'Told', since: NOW, taskIds: ['a'] },
    { for: 'UnmanagedWait', since: NOW, taskIds: ['b'] },
  ]);
});

test('What one can do about a wait is a verb of the actions of the job', () => {
  expect(waiting([], { job: { status: 'Withhold' } })).toMatchObject([{ for: 'Hold', verb: 'release' }]);
  expect(waiting([taskOf()])).toEqual([expect.not.objectContaining({ verb: expect.anything() })]);
});

test('A job that has ended waits for nothing, and so does a task that runs', () => {
  expect(waiting([], { job: { status: 'Finished' } })).toEqual([]);
  expect(waiting([taskOf({ status: 'Executing', serverId: 's1' })])).toEqual([]);
});
