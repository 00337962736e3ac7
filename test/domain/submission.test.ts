import { describe, expect, test } from '@jest/globals';
import { Refusal } from '#domain/errors';
import { grownJob, newJob, newTasks } from '#domain/jobs/submission';
import {
  MAX_DEPENDENTS_PER_TASK,
  MAX_GROUPS_PER_JOB,
  MAX_INPUT_BYTES,
  MAX_TASKS_PER_JOB,
  TASKS_PER_SHARD,
} from '#domain/limits';
import { submitJobSchema } from '#domain/requests';
import type { Task } from '#domain/tasks/task';
import { jobOf } from '#test/support/domain/records';

const now = '2026-01-01T00:00:00.000Z';
const made = { jobId: 'j', createdBy: 'alice', now, priority: 'Normal' } as const;
const request = (tasks: readonly object[], options: object = {}) =>
  submitJobSchema.parse({ name: 'n', ...options, tasks: tasks.map((task) => ({ handler: 'echo', ...task })) });
const jobFrom = (tasks: readonly object[], options: object = {}) => newJob(request(tasks, options), made);
const tasksFrom = (tasks: readonly object[], firstIndex = 0, options: object = {}): Task[] =>
  newTasks(jobFrom([{}], options), request(tasks).tasks, { firstIndex, now });
const waitsFor = (taskId: string, expected = 'Finished') => ({ dependsOn: [{ taskId, expected }] });

/** The refusal that the work throws. */
function refusalOf(work: () => unknown): { code: string; message: string; facts: object } {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, message: error.message, facts: error.facts };
    throw error;
  }
  throw new Error('Nothing was refused.');
}

describe('a new job', () => {
  test('has the defaults of the contract', () => {
    expect(jobFrom([{}])).toEqual({
      jobId: 'j',
      name: 'n',
      status: 'Waiting',
      batchGroup: 'default',
      batchGroups: ['default'],
      priority: 'Normal',
      system: false,
      createdBy: 'alice',
      createdAt: now,
      taskTotal: 1,
      shards: 1,
      hasDependencies: false,
      hasNamedTasks: false,
      run: 1,
    });
  });

  test('is in Withhold if the request asks for hold', () => {
    expect(jobFrom([{}], { hold: true }).status).toBe('Withhold');
  });

  test('has each group that its tasks name once, and its own only if a task names none', () => {
    const groups = (...batchGroups: (string | undefined)[]) =>
      jobFrom(
        batchGroups.map((batchGroup) => (batchGroup === undefined ? {} : { batchGroup })),
        { batchGroup: 'own' },
      );
    expect(groups(undefined, 'a', 'a', 'b').batchGroups).toEqual(['own', 'a', 'b']);
    expect(groups('a').batchGroups).toEqual(['a']);
  });

  test('has at most ten groups', () => {
    const tasks = (count: number) => Array.from({ length: count }, (_, at) => ({ batchGroup: `g${at}` }));
    expect(jobFrom(tasks(MAX_GROUPS_PER_JOB)).batchGroups).toHaveLength(MAX_GROUPS_PER_JOB);
    const refusal = refusalOf(() => jobFrom(tasks(MAX_GROUPS_PER_JOB + 1)));
    expect(refusal).toMatchObject({ code: 'InvalidRequest', message: expect.stringContaining('11') });
  });

  test('knows whether any of its tasks depends on another', () => {
    expect(jobFrom([{ taskId: 'a' }, { dependsOn: [] }]).hasDependencies).toBe(false);
    expect(jobFrom([{ taskId: 'a' }, waitsFor('a')]).hasDependencies).toBe(true);
  });

  test('has as many shards as its tasks need', () => {
    expect(jobFrom(Array.from({ length: TASKS_PER_SHARD + 1 }, () => ({}))).shards).toBe(2);
  });
});

describe('a job that grows', () => {
  test('counts the new tasks and keeps its other fields', () => {
    const job = jobFrom([waitsFor('b'), { taskId: 'b', batchGroup: 'x' }]);
    const more = request(Array.from({ length: TASKS_PER_SHARD }, () => ({ batchGroup: 'y' }))).tasks;
    expect(grownJob(job, more)).toEqual({
      ...job,
      taskTotal: 1_002,
      shards: 2,
      batchGroups: ['default', 'x', 'y'],
      hasDependencies: true,
    });
  });

  test('has the counts of its tasks until it is first released', () => {
    const job = jobFrom([waitsFor('b'), { taskId: 'b' }], { hold: true });
    expect(job.taskCounts).toMatchObject({ Waiting: 1, Ready: 1, Finished: 0 });
    expect(grownJob(job, request([{ taskId: 'c' }, waitsFor('c')]).tasks).taskCounts).toMatchObject({
      Waiting: 2,
      Ready: 2,
    });
  });

  test('has dependencies as soon as a new task has', () => {
    const more = request([{ taskId: 'a' }, waitsFor('a')]).tasks;
    expect(grownJob(jobFrom([{}]), more).hasDependencies).toBe(true);
  });

  test('has at most 200,000 tasks', () => {
    const [one] = request([{}]).tasks;
    const full = jobOf({ taskTotal: MAX_TASKS_PER_JOB - 1 });
    expect(grownJob(full, one ? [one] : []).taskTotal).toBe(MAX_TASKS_PER_JOB);
    expect(refusalOf(() => grownJob(full, one ? [one, one] : []))).toMatchObject({
      code: 'TooLarge',
      facts: { taskTotal: MAX_TASKS_PER_JOB + 1 },
    });
  });

  test('has at most ten groups, with those that it had before', () => {
    const job = jobOf({ batchGroups: Array.from({ length: MAX_GROUPS_PER_JOB }, (_, at) => `g${at}`) });
    expect(refusalOf(() => grownJob(job, request([{ batchGroup: 'one-more' }]).tasks)).code).toBe('InvalidRequest');
    expect(grownJob(job, request([{ batchGroup: 'g3' }]).tasks).batchGroups).toEqual(job.batchGroups);
  });
});

describe('new tasks', () => {
  test('have the defaults of the contract', () => {
    expect(tasksFrom([{}])).toEqual([
      {
        shardId: 'j#0',
        taskId: 't000001',
        jobId: 'j',
        index: 0,
        name: 't000001',
        handler: 'echo',
        status: 'Ready',
        batchGroup: 'default',
        maxRetries: 0,
        restartable: false,
        ignoreFailure: false,
        createdAt: now,
        run: 1,
        attempt: 0,
        failures: 0,
        attempts: [],
      },
    ]);
  });

  test('keep all fields of the request', () => {
    const said = {
      taskId: 'mine',
      name: 'My task',
      handler: 'report.print',
      batchGroup: 'reports',
      maxRetries: 3,
      restartable: true,
      ignoreFailure: true,
      timeoutSeconds: 60,
    };
    expect(tasksFrom([said])).toMatchObject([said]);
  });

  test('get ids from their number in the job, which sort in the order of submission', () => {
    const tasks = tasksFrom([{}, { taskId: 'mine' }, {}], 9_998);
    expect(tasks.map((task) => task.taskId)).toEqual(['t009999', 'mine', 't010001']);
    expect(tasks.map((task) => task.index)).toEqual([9_998, 9_999, 10_000]);
    const last = tasksFrom([{}], MAX_TASKS_PER_JOB - 1)[0]?.taskId ?? '';
    expect([last, 't099999', 't000001'].sort()).toEqual(['t000001', 't099999', last]);
  });

  test('are in the shard of their number', () => {
    const shards = (firstIndex: number) => tasksFrom([{}, {}], firstIndex).map((task) => task.shardId);
    expect(shards(TASKS_PER_SHARD - 1)).toEqual(['j#0', 'j#1']);
  });

  test('have the group of their job unless they name one', () => {
    const tasks = tasksFrom([{}, { batchGroup: 'b' }], 0, { batchGroup: 'own' });
    expect(tasks.map((task) => task.batchGroup)).toEqual(['own', 'b']);
  });

  test('wait if they depend on another, by default with the condition All', () => {
    const [first, second, third, fourth] = tasksFrom([
      { taskId: 'a' },
      { taskId: 'b', ...waitsFor('a', 'Error') },
      { ...waitsFor('a'), dependencyCondition: 'Any' },
      { dependsOn: [], dependencyCondition: 'Any' },
    ]);
    expect(first).toMatchObject({ status: 'Ready', dependents: ['b', 't000003'] });
    expect(second).toMatchObject({
      status: 'Waiting',
      dependsOn: [{ taskId: 'a', expected: 'Error' }],
      dependencyCondition: 'All',
    });
    expect(third).toMatchObject({ status: 'Waiting', dependencyCondition: 'Any' });
    expect(fourth?.status).toBe('Ready');
    expect(fourth).not.toHaveProperty('dependencyCondition');
  });

  test.each([
    ['an object', { a: [1, 'ä'] }, '{"a":[1,"ä"]}'],
    ['null', null, 'null'],
    ['false', false, 'false'],
    ['an empty text', '', '""'],
  ])('keep %s as input, as JSON text', (_, input, text) => {
    expect(tasksFrom([{ input }])[0]?.input).toBe(text);
  });

  test('have inputs of at most 64 KiB, in bytes of UTF-8', () => {
    // The JSON text has two quotation marks, and each of these letters has two bytes.
    const input = 'ä'.repeat((MAX_INPUT_BYTES - 2) / 2);
    expect(tasksFrom([{ input }])).toHaveLength(1);
    expect(refusalOf(() => tasksFrom([{}, { input: `${input}a` }]))).toMatchObject({
      code: 'TooLarge',
      message: expect.stringContaining('tasks[1].input'),
      facts: { bytes: MAX_INPUT_BYTES + 1 },
    });
  });

  test.each([
    ['an id that is used twice', [{ taskId: 'a' }, { taskId: 'a' }], 'tasks[1].taskId "a"', { taskId: 'a' }],
    ['an id that the system assigns to another task', [{}, { taskId: 't000001' }], '"t000001"', { taskId: 't000001' }],
    ['an unknown dependency', [{}, waitsFor('x')], 'tasks[1] depends on "x"', { taskId: 'x' }],
    [
      'the same dependency twice',
      [{ taskId: 'a' }, { dependsOn: [...waitsFor('a').dependsOn, ...waitsFor('a', 'Error').dependsOn] }],
      'tasks[1] names "a" twice',
      { taskId: 'a' },
    ],
    ['a task that waits for itself', [{ taskId: 'a', ...waitsFor('a') }], 'a -> a', { cycle: ['a', 'a'] }],
    [
      'a cycle',
      [
        { taskId: 'a', ...waitsFor('c') },
        { taskId: 'b', ...waitsFor('a') },
        { taskId: 'c', ...waitsFor('b') },
      ],
      'a -> c -> b -> a',
      { cycle: ['a', 'c', 'b', 'a'] },
    ],
  ])('%s is refused', (...[, tasks, words, facts]) => {
    expect(refusalOf(() => tasksFrom(tasks))).toEqual({
      code: 'InvalidRequest',
      message: expect.stringContaining(words),
      facts: expect.objectContaining(facts),
    });
  });

  test('may depend on a task that comes later in the request', () => {
    expect(tasksFrom([waitsFor('b'), { taskId: 'b' }]).map((task) => task.status)).toEqual(['Waiting', 'Ready']);
  });

  test('have at most a thousand dependents', () => {
    const waiters = (count: number) => [{ taskId: 'a' }, ...Array.from({ length: count }, () => waitsFor('a'))];
    expect(tasksFrom(waiters(MAX_DEPENDENTS_PER_TASK))[0]?.dependents).toHaveLength(MAX_DEPENDENTS_PER_TASK);
    expect(refusalOf(() => tasksFrom(waiters(MAX_DEPENDENTS_PER_TASK + 1)))).toMatchObject({
      code: 'InvalidRequest',
      message: expect.stringContaining('"a" has 1001 dependents'),
    });
  });
});
