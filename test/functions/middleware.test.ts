/** What the middlewares do for every function: the order of the checks, and the log of a call that fails. */
import { afterEach, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { Contended, OutOfTime, Refusal, Throttled } from '#domain/errors';
import { logger } from '#functions/logger';
import { bodyOf } from '#functions/middleware/body';
import { refuse } from '#functions/middleware/refuse';
import { getJob } from '#store/jobs';
import { startFunctions } from '#test/support/functions/functions';
import { admin, alice, bob, httpEvent, operator, reader, refused } from '#test/support/functions/http';
import { submit } from '#test/support/store/trial';

const { call, invoke } = await startFunctions();
afterEach(() => void jest.restoreAllMocks());

test('A call is checked in this order: token, role, request, job, owner', async () => {
  const { jobId } = await submit();
  const wrong = { body: { wrong: true } };
  expect(await call(`POST /jobs/${jobId}/hold`, { as: 'nobody', ...wrong })).toMatchObject(
    refused(401, 'Unauthorized'),
  );
  expect(await call(`POST /jobs/${jobId}/hold`, { as: reader, ...wrong })).toMatchObject(refused(403, 'Forbidden'));
  expect(await call('POST /jobs/unknown/hold', { as: bob, ...wrong })).toMatchObject(refused(400, 'InvalidRequest'));
  expect(await call('POST /jobs/unknown/hold', { as: bob })).toMatchObject(refused(404, 'NotFound'));
  expect(await call(`POST /jobs/${jobId}/hold`, { as: bob })).toMatchObject(refused(403, 'Forbidden'));
  expect((await getJob(jobId)).status).toBe('Waiting');
  expect(await call(`POST /jobs/${jobId}/hold`, { as: alice })).toMatchObject({ status: 200 });
});

test('A system job is refused to an operator by the name of the act', async () => {
  const { jobId } = await submit([{}], { system: true });
  const hold = await call(`POST /jobs/${jobId}/hold`, { as: operator });
  expect(hold).toMatchObject(refused(403, 'Forbidden'));
  expect(hold.body).toMatchObject({
    detail: 'Only a SystemAdministrator may hold a system job.',
    roles: ['BatchJobManager'],
  });
  expect(await call(`POST /jobs/${jobId}/hold`, { as: admin })).toMatchObject({ status: 200 });
});

test('A body with a key that stands twice is refused with the place of the key', () => {
  const body = '{"name":"n","tasks":[{"handler":"echo","input":{"rows":[{"id":1,"id":2}]}}]}';
  const event = { body, headers: { 'content-type': 'application/json' }, isBase64Encoded: false };
  const refusal = { code: 'InvalidRequest', facts: { key: 'body.tasks[0].input.rows[0].id' } };
  expect(() => bodyOf(event)).toThrow(expect.objectContaining(refusal));
});

test('A step that fails is logged with the records that it was about, but not with its callback token', async () => {
  const logged = jest.spyOn(logger, 'error');
  const input = { abortId: 'a', serverId: 'unknown', token: 'a secret' };
  await expect(invoke('drain-server', input)).rejects.toMatchObject({ name: 'NotFound' });
  expect(logged).toHaveBeenCalledTimes(1);
  const facts = { error: expect.objectContaining({ name: 'NotFound' }), abortId: 'a', serverId: 'unknown' };
  expect(logged).toHaveBeenCalledWith('The call failed.', facts);
  expect(logger.getPersistentLogAttributes()).not.toHaveProperty('token');
});

test('A step whose input is of another form is logged, too', async () => {
  const logged = jest.spyOn(logger, 'error');
  await expect(invoke('cancel-tasks', 'no input')).rejects.toMatchObject({ name: 'ZodError' });
  expect(logged).toHaveBeenCalledWith('The call failed.', { error: expect.objectContaining({ name: 'ZodError' }) });
});

test.each([
  ['A route', 'get-health'],
  ['A step', 'cancel-tasks'],
  ['An event', 'prove-stop'],
])('%s writes the context of its call to the log', async (_kind, name) => {
  const added = jest.spyOn(logger, 'addContext');
  await invoke(name, { requestContext: {} }).catch(() => {});
  expect(added).toHaveBeenCalledWith(expect.objectContaining({ functionName: name, awsRequestId: expect.any(String) }));
});

test('A refusal is no fault: the log does not have it', async () => {
  const logged = jest.spyOn(logger, 'error');
  expect(await call('GET /jobs/unknown', { as: reader })).toMatchObject(refused(404, 'NotFound'));
  expect(logged).not.toHaveBeenCalled();
});

test.each([
  new Contended('job x', 20),
  new Throttled('DynamoDB'),
  new OutOfTime(),
  new Refusal('TooManyRequests', 'others'),
])('Busy records are not a fault, and the reply says when to try again: %s', async (error) => {
  jest.spyOn(logger, 'error').mockImplementation(() => undefined);
  const busy = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(refuse())
    .handler(() => Promise.reject(error));
  const reply = await busy(httpEvent('GET /health', {}).event, {} as Context);
  const code = error instanceof Refusal ? error.code : 'Unavailable';
  expect(reply.statusCode).toBe(error instanceof Refusal ? 429 : 503);
  expect(reply.headers).toMatchObject({ 'retry-after': '5' });
  expect(reply.body).toContain(`"code":"${code}"`);
});
