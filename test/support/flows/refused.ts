/** What the API refuses, call by call, and with which code. */
import { expect } from '@jest/globals';
import { z } from 'zod';
import type { Api, Reply } from './client.ts';
import { cancelJob, submitJob } from './records.ts';
import { IS_LIKE_AWS } from './world.ts';

export type Sent = { readonly raw?: string | Buffer; readonly headers?: Record<string, string> };
export type Row = readonly [what: string, call: string, sent: Sent, answer: string];

const json = (value: unknown): Sent => ({ raw: JSON.stringify(value) });
const task = (more: object = {}) => ({ handler: 'echo', ...more });
const job = (more: object = {}) => json({ name: 'n', hold: true, tasks: [task()], ...more });
const tasks = (...list: unknown[]) => job({ tasks: list });
const on = (...taskIds: string[]) => ({ dependsOn: taskIds.map((taskId) => ({ taskId, expected: 'Finished' })) });
const keyed = (key: string): Sent => ({ ...job(), headers: { 'idempotency-key': key } });
const raw = (text: string | Buffer): Sent => ({ raw: text });
const SUBMIT = 'POST /jobs';
const INVALID = '400 InvalidRequest';

/** HELD stands for a job in Withhold with the task `there`, ENDED for one that is Cancelled. */
export const ROWS: readonly Row[] = [
  ['a wrong type', SUBMIT, job({ name: 7 }), INVALID],
  ['a null', SUBMIT, job({ name: null }), INVALID],
  ['an unknown field of the job', SUBMIT, job({ colour: 'red' }), INVALID],
  ['an unknown field of a task', SUBMIT, tasks(task({ colour: 'red' })), INVALID],
  ['a field that only the system sets', SUBMIT, job({ createdBy: 'mallory' }), INVALID],
  ['an own __proto__', SUBMIT, raw('{"name":"n","__proto__":{"system":true},"tasks":[{"handler":"echo"}]}'), INVALID],
  ['a constructor', SUBMIT, tasks(task({ constructor: { prototype: { hold: true } } })), INVALID],
  ['no name', SUBMIT, json({ tasks: [task()] }), INVALID],
  ['a name of spaces', SUBMIT, job({ name: '   ' }), INVALID],
  ['a name of 10 kB', SUBMIT, job({ name: 'n'.repeat(10_000) }), INVALID],
  ['a name with a NUL', SUBMIT, job({ name: 'a\0b' }), INVALID],
  ['a name with half a surrogate pair', SUBMIT, raw('{"name":"\\ud800","tasks":[{"handler":"echo"}]}'), INVALID],
  ['no tasks', SUBMIT, json({ name: 'n' }), INVALID],
  ['an empty task list', SUBMIT, tasks(), INVALID],
  ['a task that is none', SUBMIT, tasks('echo'), INVALID],
  ['10,001 tasks', SUBMIT, tasks(...Array.from({ length: 10_001 }, () => task())), INVALID],
  ['11 batch groups', SUBMIT, tasks(...[...'abcdefghijk'].map((batchGroup) => task({ batchGroup }))), INVALID],
  ['the batch group of all', SUBMIT, job({ batchGroup: '*' }), INVALID],
  ['a batch group with the sign that separates keys', SUBMIT, job({ batchGroup: 'a#b' }), INVALID],
  ['an unknown priority', SUBMIT, job({ priority: 'Urgent' }), INVALID],
  ['a start on no day', SUBMIT, job({ startAt: '2026-02-30T00:00:00Z' }), INVALID],
  ['a start after the year 9999', SUBMIT, job({ startAt: '9999-12-31T23:59:59-12:00' }), INVALID],
  ['a duplicate task id', SUBMIT, tasks(task({ taskId: 'a' }), task({ taskId: 'a' })), INVALID],
  ['an id that the system gives to another task', SUBMIT, tasks(task({ taskId: 't000002' }), task()), INVALID],
  ...['a/b', '.', '..', '', 'a%62', 'a\n', 'a b'].map(
    (taskId) => [`the task id ${JSON.stringify(taskId)}`, SUBMIT, tasks(task({ taskId })), INVALID] as const,
  ),
  ['a batch group that no URL reaches', SUBMIT, job({ batchGroup: '..' }), INVALID],
  ['a handler that no URL reaches', SUBMIT, tasks(task({ handler: '.' })), INVALID],
  ['a dependency on an unknown task', SUBMIT, tasks(task(on('nobody'))), INVALID],
  ['a dependency on itself', SUBMIT, tasks(task({ taskId: 'a', ...on('a') })), INVALID],
  [
    'dependencies in a cycle',
    SUBMIT,
    tasks(task({ taskId: 'a', ...on('c') }), task({ taskId: 'b', ...on('a') }), task({ taskId: 'c', ...on('b') })),
    INVALID,
  ],
  ['a dependency named twice', SUBMIT, tasks(task({ taskId: 'a' }), task({ taskId: 'b', ...on('a', 'a') })), INVALID],
  ['an input of 1 MB', SUBMIT, tasks(task({ input: 'x'.repeat(1_000_000) })), '413 TooLarge'],
  ['a nesting of 40', SUBMIT, tasks(task({ input: JSON.parse('['.repeat(40) + ']'.repeat(40)) })), INVALID],
  ['a nesting of 100,000', SUBMIT, raw('['.repeat(100_000)), INVALID],
  ['a closed nesting of 100,000', SUBMIT, raw('['.repeat(100_000) + ']'.repeat(100_000)), INVALID],
  ['a number beyond all limits', SUBMIT, raw('{"name":"n","tasks":[{"handler":"echo","input":1e999}]}'), INVALID],
  [
    'a number that would be changed',
    SUBMIT,
    raw('{"name":"n","tasks":[{"handler":"echo","input":12345678901234567890}]}'),
    INVALID,
  ],
  ['a key that is sent twice', SUBMIT, raw('{"name":"n","tasks":[{"handler":"echo","input":{"a":1,"a":2}}]}'), INVALID],
  ['retries beyond all limits', SUBMIT, raw('{"name":"n","tasks":[{"handler":"echo","maxRetries":1e999}]}'), INVALID],
  ['a negative number of retries', SUBMIT, tasks(task({ maxRetries: -1 })), INVALID],
  ['half a retry', SUBMIT, tasks(task({ maxRetries: 0.5 })), INVALID],
  ['a time-out of nothing', SUBMIT, tasks(task({ timeoutSeconds: 0 })), INVALID],
  ['a time-out of next to nothing', SUBMIT, tasks(task({ timeoutSeconds: 1e-320 })), INVALID],
  ['a time-out of a year', SUBMIT, tasks(task({ timeoutSeconds: 31_536_000 })), INVALID],
  ['broken JSON', SUBMIT, raw('{"name":"n",'), INVALID],
  ['a list', SUBMIT, json([]), INVALID],
  ['a null as body', SUBMIT, json(null), INVALID],
  ['no body', SUBMIT, {}, INVALID],
  [
    'text that is not UTF-8',
    SUBMIT,
    raw(Buffer.from('{"name":"\xff","tasks":[{"handler":"echo"}]}', 'latin1')),
    INVALID,
  ],
  ['a wrong content type', SUBMIT, { ...job(), headers: { 'content-type': 'text/plain' } }, INVALID],
  ['a form', SUBMIT, { raw: 'name=n', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, INVALID],
  ['an empty Idempotency-Key', SUBMIT, keyed(''), INVALID],
  ['an Idempotency-Key of 201 characters', SUBMIT, keyed('k'.repeat(201)), INVALID],
  ['a query where there is none', 'POST /jobs?dryRun=1', job(), INVALID],
  ['an unknown route', 'GET /job', {}, '404 NotFound'],
  ['an unknown route with broken JSON', 'POST /nothing', raw('{'), '404 NotFound'],
  ['a wrong method', 'DELETE /jobs/HELD', {}, '405 MethodNotAllowed'],
  ['a wrong method of a known path', 'PUT /jobs/HELD/cancel', json({}), '405 MethodNotAllowed'],
  ['an empty path parameter', 'GET /jobs/', {}, '404 NotFound'],
  ['a job that does not exist', 'GET /jobs/nobody', {}, '404 NotFound'],
  ['a job id of a NUL', 'GET /jobs/%00', {}, '404 NotFound'],
  ['a job id of 65 characters', `GET /jobs/${'a'.repeat(65)}`, {}, INVALID],
  ['a job id that is a key of another record', 'GET /jobs/idempotency%23x', {}, '404 NotFound'],
  ['a task that does not exist', 'GET /jobs/HELD/tasks/nobody', {}, '404 NotFound'],
  ['an abort that does not exist', 'GET /aborts/nobody', {}, '404 NotFound'],
  ['an unknown query parameter', 'GET /jobs?state=Finished', {}, INVALID],
  ['a query parameter named __proto__', 'GET /jobs?__proto__=1', {}, INVALID],
  ['an unknown status', 'GET /jobs?status=Ready', {}, INVALID],
  ['a limit of 0', 'GET /jobs?limit=0', {}, INVALID],
  ['a limit of 1001', 'GET /jobs?limit=1001', {}, INVALID],
  ['a limit that is no number', 'GET /jobs?limit=1e2', {}, INVALID],
  ['two limits', 'GET /jobs?limit=1&limit=2', {}, INVALID],
  ['a cursor of jobs that no page has given', 'GET /jobs?cursor=zzz', {}, INVALID],
  ['a cursor of tasks that no page has given', 'GET /jobs/HELD/tasks?cursor=zzz', {}, INVALID],
  ['a cursor of events that no page has given', 'GET /jobs/HELD/events?cursor=zzz', {}, INVALID],
  ['a cursor of aborts that no page has given', 'GET /aborts?cursor=zzz', {}, INVALID],
  ['an empty cursor', 'GET /jobs?cursor=', {}, INVALID],
  ['added tasks that are there', 'POST /jobs/HELD/tasks', json({ tasks: [task({ taskId: 'there' })] }), INVALID],
  [
    'added tasks of which one is wrong',
    'POST /jobs/HELD/tasks',
    json({ tasks: [task(), task({ input: 1, x: 1 })] }),
    INVALID,
  ],
  ['added tasks in a cycle', 'POST /jobs/HELD/tasks', json({ tasks: [task({ taskId: 'a', ...on('a') })] }), INVALID],
  ['tasks added to an ended job', 'POST /jobs/ENDED/tasks', json({ tasks: [task()] }), '409 WrongStatus'],
  ['a cancel of an ended job', 'POST /jobs/ENDED/cancel', json({}), '409 WrongStatus'],
  ['a cancel with an unknown field', 'POST /jobs/HELD/cancel', json({ force: true }), INVALID],
  ['a cancel with an empty reason', 'POST /jobs/HELD/cancel', json({ reason: '' }), INVALID],
  ['a cancel with a reason of 501 characters', 'POST /jobs/HELD/cancel', json({ reason: 'r'.repeat(501) }), INVALID],
  ['a cancel with a query', 'POST /jobs/HELD/cancel?force=1', json({}), INVALID],
  ['a cancel of nobody', 'POST /jobs/nobody/cancel', json({}), '404 NotFound'],
  ['a hold of a held job', 'POST /jobs/HELD/hold', {}, '409 WrongStatus'],
  ['a hold with a body', 'POST /jobs/HELD/hold', json({ until: 'tomorrow' }), INVALID],
  ['a release of an ended job', 'POST /jobs/ENDED/release', {}, '409 WrongStatus'],
  ['a requeue of a held job', 'POST /jobs/HELD/requeue', json({}), '409 WrongStatus'],
  ['a requeue of an unknown scope', 'POST /jobs/ENDED/requeue', json({ scope: 'Some' }), INVALID],
  ['an unknown priority set', 'PUT /jobs/HELD/priority', json({ priority: 'Urgent' }), INVALID],
  ['a priority of an ended job', 'PUT /jobs/ENDED/priority', json({ priority: 'High' }), '409 WrongStatus'],
  ['a plan of a held job', 'GET /jobs/HELD/abort-plan', {}, '409 WrongStatus'],
  ['an abort without a reason', 'POST /jobs/HELD/abort', json({ planId: 'p' }), INVALID],
  ['an abort of a held job', 'POST /jobs/HELD/abort', json({ planId: 'p', reason: 'r' }), '409 WrongStatus'],
  ['a withdrawal of nothing', 'POST /aborts/nobody/withdraw', json({}), '404 NotFound'],
  ['a group with a wrong name', 'PUT /groups/a%20b', json({ defaultPriority: 'High' }), INVALID],
  ['an unknown feature', 'PUT /features/Nothing', json({ enabled: true }), '404 NotFound'],
  ['a feature switched by a text', 'PUT /features/EnhancedBatchAbort', json({ enabled: 'true' }), INVALID],
  ['a switch without a value', 'PUT /features/EnhancedBatchAbort', {}, INVALID],
];

/**
 * Those that are too much for Lambda's or API Gateway's own limits: what answers them on AWS is no function of ours.
 */
export const GATEWAY_ROWS: readonly Row[] = [
  ['a body of 6 MB', SUBMIT, job({ name: 'n'.repeat(6_000_000) }), '413 TooLarge'],
  ['a body of 11 MB', SUBMIT, job({ name: 'n'.repeat(11_000_000) }), '413 TooLarge'],
  ['a path that is not UTF-8', 'GET /jobs/%ff', {}, INVALID],
];

/** The jobs that the calls name. */
export async function submitNamed(api: Api): Promise<Record<string, string>> {
  const held = await submitJob(api, { hold: true, tasks: [{ taskId: 'there', handler: 'echo' }] });
  const ended = await submitJob(api, { hold: true, tasks: [{ handler: 'echo' }] });
  await cancelJob(api, ended.jobId);
  return { HELD: held.jobId, ENDED: ended.jobId };
}

/** Makes the call, with the jobs' ids in the place of their names. */
export async function sendTo(
  api: Api,
  [call, sent]: readonly [string, Sent],
  ids: Record<string, string>,
): Promise<Reply> {
  const [method = '', path = ''] = call.split(' ');
  return await api.call(
    method,
    path.replace(/HELD|ENDED/, (name) => ids[name] ?? name),
    { ...sent, headers: { 'content-type': 'application/json', ...sent.headers } },
  );
}

/** A refusal of the gateway itself. AWS's has no more than a message, and no setting changes it. */
export function expectGatewayProblem(reply: Reply, answer: string): void {
  const isOfAws = IS_LIKE_AWS && reply.headers.get('content-type') === 'application/json';
  if (isOfAws) expect(reply).toEqual(expect.objectContaining({ status: Number(answer.slice(0, 3)), body: MESSAGE }));
  else expectProblem(reply, answer);
}

/** The reply is a problem of that status and code, for people to read. */
export function expectProblem({ status, headers, body }: Reply, answer: string): void {
  expect(`${status} ${JSON.stringify(body).slice(0, 500)}`).toMatch(new RegExp(`^${answer.slice(0, 3)} `));
  expect(headers.get('content-type')).toBe('application/problem+json');
  const problem = problemSchema.parse(body);
  expect(`${status} ${problem.code}`).toBe(answer);
  // People read messages; they do not scroll them.
  expect(problem.detail.length).toBeLessThan(1_000);
}

const MESSAGE = { message: expect.any(String) };
const problemSchema = z.object({
  type: z.string().startsWith('urn:lastcall:problem:'),
  title: z.string().min(1),
  detail: z.string().min(1),
  code: z.string(),
});
