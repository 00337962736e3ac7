import { describe, expect, test } from '@jest/globals';
import type { z } from 'zod';
import {
  abortJobSchema,
  addTasksSchema,
  cancelJobSchema,
  jobPathSchema,
  listAbortsQuerySchema,
  listAuditQuerySchema,
  listEventsQuerySchema,
  listJobsQuerySchema,
  listServersQuerySchema,
  listTasksQuerySchema,
  nothingSchema,
  requeueJobSchema,
  setFeatureSchema,
  setGroupSchema,
  setPrioritySchema,
  submitJobSchema,
  taskRequestSchema,
  withdrawAbortSchema,
} from '#domain/requests';

const task = (given: object = {}) => ({ handler: 'echo', ...given });
const job = (given: object = {}) => ({ name: 'n', tasks: [task()], ...given });
const long = (length: number) => 'x'.repeat(length);
const many = (count: number, make: (at: number) => unknown) => Array.from({ length: count }, (_, at) => make(at));
const dependency = (taskId: string) => ({ taskId, expected: 'Finished' });

type Case = [what: string, schema: z.ZodType, given: unknown, where: string];
const [EARLIER, LATER] = ['2026-01-01T01:00:00+01:00', '2026-01-01T00:00:00.001Z'];
const REFUSED: Case[] = [
  ['a body that is not an object', submitJobSchema, 'text', ''],
  ['a body that is a list', submitJobSchema, [], ''],
  ['an unknown field of a job', submitJobSchema, job({ colour: 'red' }), ''],
  ['a status that the caller wants to set', submitJobSchema, job({ status: 'Finished' }), ''],
  ['a job without a name', submitJobSchema, { tasks: [task()] }, 'name'],
  ['an empty name', submitJobSchema, job({ name: '' }), 'name'],
  ['a name of spaces', submitJobSchema, job({ name: '   ' }), 'name'],
  ['a name that is too long', submitJobSchema, job({ name: long(201) }), 'name'],
  ['a name with a NUL', submitJobSchema, job({ name: 'a\0b' }), 'name'],
  ['a name with half of a surrogate pair', submitJobSchema, job({ name: 'a\ud800' }), 'name'],
  ['a reason with an escape character', cancelJobSchema, { reason: 'a\u001b[2J' }, 'reason'],
  [
    'a start that is no year of four digits in UTC',
    submitJobSchema,
    job({ startAt: '9999-12-31T23:59:59-12:00' }),
    'startAt',
  ],
  ['a time-out that is almost zero', taskRequestSchema, task({ timeoutSeconds: 1e-320 }), 'timeoutSeconds'],
  ['a limit in another form of number', listEventsQuerySchema, { limit: '1e2' }, 'limit'],
  ['a limit with a space', listEventsQuerySchema, { limit: ' 1' }, 'limit'],
  ['an invalid cursor of jobs', listJobsQuerySchema, { cursor: 'zzz' }, 'cursor'],
  ['an invalid cursor of events', listEventsQuerySchema, { cursor: 'zzz' }, 'cursor'],
  ['an invalid cursor of servers', listServersQuerySchema, { cursor: 'zzz' }, 'cursor'],
  ['a name that is a number', submitJobSchema, job({ name: 7 }), 'name'],
  ['a group with a space', submitJobSchema, job({ batchGroup: 'a b' }), 'batchGroup'],
  ['a group with the character that separates keys', submitJobSchema, job({ batchGroup: 'a#b' }), 'batchGroup'],
  ['the name for all groups', submitJobSchema, job({ batchGroup: '*' }), 'batchGroup'],
  ['an empty group', submitJobSchema, job({ batchGroup: '' }), 'batchGroup'],
  ['a group that is too long', submitJobSchema, job({ batchGroup: long(65) }), 'batchGroup'],
  ['a group with a line end', submitJobSchema, job({ batchGroup: 'a\n' }), 'batchGroup'],
  ['an unknown priority', submitJobSchema, job({ priority: 'normal' }), 'priority'],
  ['a switch that is text', submitJobSchema, job({ system: 'true' }), 'system'],
  ['a switch that is a number', submitJobSchema, job({ hold: 1 }), 'hold'],
  ['a job without tasks', submitJobSchema, { name: 'n' }, 'tasks'],
  ['an empty list of tasks', submitJobSchema, job({ tasks: [] }), 'tasks'],
  ['more tasks than a request may have', submitJobSchema, job({ tasks: many(10_001, () => task()) }), 'tasks'],
  ['a task that is not an object', submitJobSchema, job({ tasks: ['echo'] }), 'tasks.0'],
  ['an unknown field of a task', submitJobSchema, job({ tasks: [task(), task({ retries: 1 })] }), 'tasks.1'],
  ['a task without a handler', taskRequestSchema, {}, 'handler'],
  ['a handler that is a path', taskRequestSchema, task({ handler: '../x' }), 'handler'],
  ['a handler that is too long', taskRequestSchema, task({ handler: long(101) }), 'handler'],
  ['a task id with a slash', taskRequestSchema, task({ taskId: 'a/b' }), 'taskId'],
  ...['.', '..', '', '%2e', 'a\0'].map(
    (taskId): Case => [`the task id ${JSON.stringify(taskId)}`, taskRequestSchema, task({ taskId }), 'taskId'],
  ),
  ['a group that no URL reaches', submitJobSchema, job({ batchGroup: '..' }), 'batchGroup'],
  ['a handler that no URL reaches', taskRequestSchema, task({ handler: '.' }), 'handler'],
  ['a task id with the character that separates keys', taskRequestSchema, task({ taskId: 'a#b' }), 'taskId'],
  ['a task id that is too long', taskRequestSchema, task({ taskId: long(65) }), 'taskId'],
  ['a task id that is null', taskRequestSchema, task({ taskId: null }), 'taskId'],
  ['a negative number of retries', taskRequestSchema, task({ maxRetries: -1 }), 'maxRetries'],
  ['a number of retries that is not whole', taskRequestSchema, task({ maxRetries: 0.5 }), 'maxRetries'],
  ['too many retries', taskRequestSchema, task({ maxRetries: 21 }), 'maxRetries'],
  ['a number of retries as text', taskRequestSchema, task({ maxRetries: '1' }), 'maxRetries'],
  ['a time-out of zero', taskRequestSchema, task({ timeoutSeconds: 0 }), 'timeoutSeconds'],
  ['a time-out of more than a week', taskRequestSchema, task({ timeoutSeconds: 604_801 }), 'timeoutSeconds'],
  ['an infinite time-out', taskRequestSchema, task({ timeoutSeconds: Number.POSITIVE_INFINITY }), 'timeoutSeconds'],
  ['a dependency that is only an id', taskRequestSchema, task({ dependsOn: ['a'] }), 'dependsOn.0'],
  [
    'a dependency without an expectation',
    taskRequestSchema,
    task({ dependsOn: [{ taskId: 'a' }] }),
    'dependsOn.0.expected',
  ],
  [
    'an expectation that no task can meet',
    taskRequestSchema,
    task({ dependsOn: [{ taskId: 'a', expected: 'Cancelled' }] }),
    'dependsOn.0.expected',
  ],
  [
    'an unknown field of a dependency',
    taskRequestSchema,
    task({ dependsOn: [{ ...dependency('a'), x: 1 }] }),
    'dependsOn.0',
  ],
  [
    'too many dependencies',
    taskRequestSchema,
    task({ dependsOn: many(101, (at) => dependency(`t${at}`)) }),
    'dependsOn',
  ],
  ['an unknown condition', taskRequestSchema, task({ dependencyCondition: 'Most' }), 'dependencyCondition'],
  ['a name beside the tasks that are added', addTasksSchema, job(), ''],
  ['an empty list of tasks to add', addTasksSchema, { tasks: [] }, 'tasks'],
  ['an empty reason for a cancel', cancelJobSchema, { reason: ' ' }, 'reason'],
  ['a reason that is too long', cancelJobSchema, { reason: long(501) }, 'reason'],
  ['an unknown field of a cancel', cancelJobSchema, { force: true }, ''],
  ['an abort without a plan', abortJobSchema, { reason: 'r' }, 'planId'],
  ['an abort with an empty plan', abortJobSchema, { planId: '', reason: 'r' }, 'planId'],
  ['an abort without a reason', abortJobSchema, { planId: 'p' }, 'reason'],
  ['an abort with an empty reason', abortJobSchema, { planId: 'p', reason: '' }, 'reason'],
  ['an unknown field of an abort', abortJobSchema, { planId: 'p', reason: 'r', mode: 'task' }, ''],
  ['an unknown field of a withdrawal', withdrawAbortSchema, { planId: 'p' }, ''],
  ['an unknown scope of a requeue', requeueJobSchema, { scope: 'Failed' }, 'scope'],
  ['an unknown priority to set', setPrioritySchema, { priority: 'Urgent' }, 'priority'],
  ['a change without a priority', setPrioritySchema, {}, 'priority'],
  ['a group without a default', setGroupSchema, {}, 'defaultPriority'],
  ['a start that is not a time', submitJobSchema, job({ startAt: 'tomorrow' }), 'startAt'],
  ['a start without a time zone', submitJobSchema, job({ startAt: '2026-01-01T00:00:00' }), 'startAt'],
  ['a start on a day that does not exist', submitJobSchema, job({ startAt: '2026-02-30T00:00:00Z' }), 'startAt'],
  ['a feature without its switch', setFeatureSchema, {}, 'enabled'],
  ['a feature switched by text', setFeatureSchema, { enabled: 'false' }, 'enabled'],
  ['jobs of an unknown status', listJobsQuerySchema, { status: 'Ready' }, 'status.0'],
  ['tasks of a status that only jobs have', listTasksQuerySchema, { status: 'Withhold' }, 'status.0'],
  ['jobs of a time that ends before it begins', listJobsQuerySchema, { since: LATER, until: EARLIER }, 'until'],
  ['an audit of a time that ends before it begins', listAuditQuerySchema, { since: LATER, until: EARLIER }, 'until'],
  ['an unknown filter', listJobsQuerySchema, { user: 'alice' }, ''],
  ['a page of zero items', listEventsQuerySchema, { limit: '0' }, 'limit'],
  ['a page that is too large', listEventsQuerySchema, { limit: '1001' }, 'limit'],
  ['a limit that is not whole', listEventsQuerySchema, { limit: '1.5' }, 'limit'],
  ['a limit that is a word', listEventsQuerySchema, { limit: 'all' }, 'limit'],
  ['an empty limit', listEventsQuerySchema, { limit: '' }, 'limit'],
  ['an empty cursor', listEventsQuerySchema, { cursor: '' }, 'cursor'],
  ['a cursor that is too long', listEventsQuerySchema, { cursor: long(201) }, 'cursor'],
  ['an unknown filter of aborts', listAbortsQuerySchema, { status: 'Draining' }, ''],
  ['a field where none is expected', nothingSchema, { x: 1 }, ''],
  ['a job id that is too long', jobPathSchema, { jobId: long(65) }, 'jobId'],
];

test.each(REFUSED)('%s is refused', (...[, schema, given, where]) => {
  const parsed = schema.safeParse(given);
  expect(parsed.success).toBe(false);
  expect(parsed.error?.issues.map((issue) => issue.path.join('.'))).toContain(where);
});

const TAKEN: [what: string, schema: z.ZodType, given: unknown][] = [
  [
    'the largest task',
    taskRequestSchema,
    {
      taskId: long(64),
      name: long(200),
      handler: long(100),
      batchGroup: long(64),
      maxRetries: 20,
      timeoutSeconds: 604_800,
      dependsOn: many(100, (at) => dependency(`t${at}`)),
      dependencyCondition: 'Any',
    },
  ],
  ['every character that a label may have', taskRequestSchema, task({ taskId: 'aZ0._-', batchGroup: 'aZ0._-' })],
  ['a time-out of part of a second', taskRequestSchema, task({ timeoutSeconds: 0.5 })],
  ['the largest request', submitJobSchema, job({ tasks: many(10_000, () => task()) })],
  ['a reason of two lines, with an emoji', cancelJobSchema, { reason: 'late\n\t\u{1F37B}' }],
  ['a cancel without a reason', cancelJobSchema, {}],
  ['a withdrawal with a reason', withdrawAbortSchema, { reason: 'enough' }],
  ['a feature switched off', setFeatureSchema, { enabled: false }],
  ['no field where none is expected', nothingSchema, {}],
];

test.each(TAKEN)('%s is accepted', (_, schema, given) => {
  expect(schema.safeParse(given)).toMatchObject({ success: true });
});

describe('a missing field has the default of the contract', () => {
  test('for a job and its tasks', () => {
    expect(submitJobSchema.parse(job())).toEqual({
      name: 'n',
      batchGroup: 'default',
      system: false,
      hold: false,
      tasks: [{ handler: 'echo', maxRetries: 0, restartable: false, ignoreFailure: false }],
    });
  });

  test('for a page, whose limit arrives as text', () => {
    expect(listEventsQuerySchema.parse({})).toEqual({ limit: 50 });
    expect(listServersQuerySchema.parse({})).toEqual({ limit: 50 });
    const cursor = '2026-11-24T12:00:00.000Z#TaskStopped#a.b-c_1';
    expect(listEventsQuerySchema.parse({ limit: '1000', cursor })).toEqual({ limit: 1_000, cursor });
  });
});

test('a requeue runs again what has not finished, unless the request asks for all', () => {
  expect(requeueJobSchema.parse({})).toEqual({ scope: 'NotFinished' });
});

test('the start time is kept in UTC', () => {
  expect(submitJobSchema.parse(job({ startAt: '2026-01-01T01:00:00+02:00' })).startAt).toBe('2025-12-31T23:00:00.000Z');
});

test('spaces around a name and a reason are removed', () => {
  expect(submitJobSchema.parse(job({ name: '  Invoices ' })).name).toBe('Invoices');
  expect(cancelJobSchema.parse({ reason: ' wrong month ' }).reason).toBe('wrong month');
});

test.each([[null], [false], [0], [''], [{ deep: [1] }], ['text']])('the input %j is kept as it is', (input) => {
  expect(taskRequestSchema.parse(task({ input })).input).toEqual(input);
});
