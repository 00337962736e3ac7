import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { computePlan } from '#domain/aborts/compute-plan';
import { type AbortMode, addsHarm, harmsOf } from '#domain/aborts/plan';
import type { Job } from '#domain/jobs/job';
import { MAX_SERVERS_PER_ABORT, MAX_TASKS_PER_ABORT } from '#domain/limits';
import type { Task } from '#domain/tasks/task';
import { jobOf, taskOf } from '#test/support/domain/records';

const aborted = jobOf({ jobId: 'mine', status: 'Cancelling', createdBy: 'alice' });
const other = jobOf({ jobId: 'other', name: 'Other work', createdBy: 'bob', createdByName: 'Bob Brown' });
const third = jobOf({ jobId: 'third', name: 'Third', createdBy: 'carol', status: 'Cancelling' });
const startedAt = '2026-01-01T00:01:00.000Z';

/** The task `jobId/taskId`, which the server runs. */
const held = (path: string, serverId: string, more: Partial<Task> = {}): Task => {
  const [jobId = '', taskId = ''] = path.split('/');
  return taskOf({ jobId, taskId, serverId, startedAt, status: 'Executing', claimId: path, ...more });
};
const own = (taskId: string, serverId: string) => held(`mine/${taskId}`, serverId, { status: 'Cancelling' });

function planOf(tasks: readonly Task[], mode: AbortMode = 'server', only?: readonly string[]) {
  const jobs: readonly Job[] = [aborted, other, third];
  return computePlan(
    aborted,
    { mode, drainSeconds: 900, now: '2026-01-01T00:02:00.000Z', only },
    {
      servers: [],
      runTimes: new Map(),
      held: Map.groupBy(tasks, (task) => task.serverId ?? ''),
      jobs: new Map(jobs.map((job) => [job.jobId, job])),
    },
  );
}

describe('with servers that are restarted', () => {
  const plan = planOf([
    own('a', 's2'),
    own('b', 's1'),
    held('other/c', 's1', { restartable: true }),
    held('other/d', 's1'),
    held('third/e', 's2', { status: 'Cancelling', restartable: true }),
    held('other/f', 's3'),
    own('g', 's2'),
  ]);

  test('the plan stops every Cancelling task of the job on any server', () => {
    expect(plan.tasks).toEqual(
      expect.arrayContaining([
        { taskId: 'a', serverId: 's2', startedAt },
        { taskId: 'b', serverId: 's1', startedAt },
        { taskId: 'g', serverId: 's2', startedAt },
      ]),
    );
    expect(plan.tasks).toHaveLength(3);
  });

  test('it restarts each server that runs such a task once, and no other server', () => {
    expect(plan.servers).toEqual([
      { serverId: 's1', executing: 2, cancelling: 1 },
      { serverId: 's2', executing: 0, cancelling: 3 },
    ]);
  });

  test('it names each bystander with its fate, job by job', () => {
    expect(plan.disruptedJobs).toEqual([
      {
        jobId: 'other',
        name: 'Other work',
        createdBy: 'bob',
        createdByName: 'Bob Brown',
        tasks: [
          { handler: 'echo', taskId: 'c', serverId: 's1', startedAt, status: 'Executing', fate: 'restarts' },
          { handler: 'echo', taskId: 'd', serverId: 's1', startedAt, status: 'Executing', fate: 'fails' },
        ],
      },
      {
        jobId: 'third',
        name: 'Third',
        createdBy: 'carol',
        tasks: [{ handler: 'echo', taskId: 'e', serverId: 's2', startedAt, status: 'Cancelling', fate: 'stops' }],
      },
    ]);
  });

  test('a bystander whose job is unknown is named too', () => {
    const { disruptedJobs } = planOf([own('a', 's1'), held('gone/x', 's1')]);
    expect(disruptedJobs).toMatchObject([{ jobId: 'gone', name: 'gone', createdBy: '', tasks: [{ taskId: 'x' }] }]);
  });

  test('the plan for a job without Cancelling tasks does no harm', () => {
    expect(planOf([held('other/c', 's1')])).toMatchObject({ tasks: [], servers: [], disruptedJobs: [] });
  });
});

describe('of a job that runs on more servers than one abort takes', () => {
  const serverOf = (index: number) => `s${String(index).padStart(4, '0')}`;
  const many = Array.from({ length: MAX_SERVERS_PER_ABORT + 2 }, (_, index) => own(`t${index}`, serverOf(index)));

  test.each(['server', 'task'] as const)(
    'a %s abort takes the first servers and says how many tasks are left',
    (mode) => {
      const plan = planOf(many, mode);
      expect(plan.tasks).toHaveLength(MAX_SERVERS_PER_ABORT);
      expect(plan.warnings).toEqual([{ type: 'MoreToAbort', tasks: 2 }]);
    },
  );

  test('it takes fewer servers if they run many tasks, but at least one', () => {
    const crowd = (serverId: string) =>
      Array.from({ length: MAX_TASKS_PER_ABORT }, (_, index) => held(`other/${serverId}${index}`, serverId));
    const plan = planOf([own('a', 's1'), ...crowd('s1'), own('b', 's2')]);
    expect(plan.servers.map(({ serverId }) => serverId)).toEqual(['s1']);
    expect(plan.warnings).toEqual([{ type: 'MoreToAbort', tasks: 1 }]);
  });

  test('the servers of a confirmed plan stay the same if some of them no longer run its tasks', () => {
    const confirmed = planOf(many);
    const servers = confirmed.servers.map(({ serverId }) => serverId);
    const now = planOf(many.slice(1), 'server', servers);
    expect(now.servers).toEqual(confirmed.servers.slice(1));
    expect(addsHarm(harmsOf(confirmed), harmsOf(now))).toBe(false);
  });

  test('if none of them does, the plan takes the servers that are left', () => {
    expect(planOf([own('a', 's1')], 'server', ['s9']).servers).toMatchObject([{ serverId: 's1' }]);
  });
});

test('a task abort restarts no server and harms no other job', () => {
  const plan = planOf([own('a', 's1'), held('other/c', 's1'), held('third/d', 's1', { status: 'Cancelling' })], 'task');
  expect(plan).toMatchObject({ mode: 'task', tasks: [{ taskId: 'a' }], servers: [], disruptedJobs: [] });
  expect(harmsOf(plan)).toEqual(['mode task', `task a ${startedAt}`]);
});

test('the plan has the mode and the drain period that were asked for', () => {
  expect(planOf([own('a', 's1')])).toMatchObject({ jobId: 'mine', mode: 'server', drainSeconds: 900 });
});

describe('a confirmed plan, compared with the plan as it is now', () => {
  const before = [
    own('a', 's1'),
    own('b', 's2'),
    held('other/c', 's1', { restartable: true }),
    held('other/d', 's1', { restartable: true }),
  ];
  const confirmed = harmsOf(planOf(before));
  const refuses = (tasks: readonly Task[], mode: AbortMode = 'server') =>
    addsHarm(confirmed, harmsOf(planOf(tasks, mode)));

  test.each<[string, readonly Task[]]>([
    ['nothing has changed', before],
    ['the tasks are found in another order', before.toReversed()],
    ['one of the job’s own tasks has ended', before.filter((task) => task.taskId !== 'a')],
    ['a server no longer runs any of them', before.filter((task) => task.serverId !== 's2')],
    ['a bystander has ended', before.filter((task) => task.taskId !== 'c')],
    ['all bystanders have ended', before.filter((task) => task.jobId === 'mine')],
    [
      'another task of the same job runs instead of one that has ended',
      before.map((task) => (task.taskId === 'c' ? { ...task, taskId: 'z' } : task)),
    ],
    ['a server that is not restarted has taken work', [...before, held('third/y', 's9')]],
  ])('it goes ahead if %s', (_, tasks) => {
    expect(refuses(tasks)).toBe(false);
  });

  test.each<[string, readonly Task[]]>([
    ['there is a bystander of another job', [...before, held('third/x', 's1')]],
    ['there is one more bystander of the same job', [...before, held('other/x', 's2', { restartable: true })]],
    [
      'a bystander would fail instead of restart',
      before.map((task) => (task.taskId === 'c' ? { ...task, restartable: false } : task)),
    ],
    ['one more of the job’s own tasks would be stopped', [...before, own('x', 's1')]],
    ['one more server would be restarted', [...before, own('x', 's3')]],
    [
      'a later attempt of an own task would be stopped',
      before.map((task) => (task.taskId === 'a' ? { ...task, startedAt: '2026-01-01T00:09:00.000Z' } : task)),
    ],
  ])('it is refused if %s', (_, tasks) => {
    expect(refuses(tasks)).toBe(true);
  });

  test('it is refused if the mode has changed', () => {
    expect(refuses([own('a', 's1')], 'task')).toBe(true);
  });

  const anyHeld = fc.uniqueArray(
    fc.record({
      jobId: fc.constantFrom('mine', 'other', 'third'),
      taskId: fc.constantFrom('a', 'b', 'c', 'd'),
      serverId: fc.constantFrom('s1', 's2', 's3'),
      status: fc.constantFrom('Executing' as const, 'Cancelling' as const),
      restartable: fc.boolean(),
    }),
    { selector: (each) => `${each.jobId}/${each.taskId}`, maxLength: 12 },
  );

  test('for any load, it goes ahead if tasks only end', () => {
    fc.assert(
      fc.property(anyHeld, fc.infiniteStream(fc.boolean()), (given, ends) => {
        const tasks = given.map(({ jobId, taskId, serverId, ...more }) => held(`${jobId}/${taskId}`, serverId, more));
        const left = tasks.filter(() => ends.next().value === false);
        expect(addsHarm(harmsOf(planOf(tasks)), harmsOf(planOf(left)))).toBe(false);
      }),
    );
  });

  test('for any load, exactly the other jobs with a task on a restarted server are disrupted', () => {
    fc.assert(
      fc.property(anyHeld, (given) => {
        const tasks = given.map(({ jobId, taskId, serverId, ...more }) => held(`${jobId}/${taskId}`, serverId, more));
        const restarted = tasks
          .filter((task) => task.jobId === 'mine' && task.status === 'Cancelling')
          .map((task) => task.serverId);
        const meant = (task: Task) => task.jobId === 'mine' && task.status === 'Cancelling';
        const expected = tasks.filter((task) => !meant(task) && restarted.includes(task.serverId));
        const named = planOf(tasks).disruptedJobs.flatMap((job) =>
          job.tasks.map((task) => `${job.jobId}/${task.taskId}`),
        );
        expect(named.sort()).toEqual(expected.map((task) => `${task.jobId}/${task.taskId}`).sort());
      }),
    );
  });
});
