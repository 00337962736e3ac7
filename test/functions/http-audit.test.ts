import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { z } from 'zod';
import { putEvent } from '#store/events';
import { startFunctions } from '#test/support/functions/functions';
import { admin, alice, bob, operator, reader, refused } from '#test/support/functions/http';
import { testTouches } from '#test/support/functions/recording';
import { submit } from '#test/support/store/trial';

const functions = await startFunctions();
const { call } = functions;

const jobId = ulid();
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600 * 1000).toISOString();
const held = { at: daysAgo(40), type: 'JobHeld', by: 'zoe' } as const;
const released = { at: daysAgo(10), type: 'JobReleased', by: 'zoe' } as const;
const aborted = { at: daysAgo(9), type: 'AbortCompleted', abortId: 'a' } as const;
for (const event of [held, released, aborted]) await putEvent(jobId, event);
// Neither the act of a server nor a second copy of an end belongs in an audit.
await putEvent(jobId, { at: daysAgo(8), type: 'JobExecuting' });
await putEvent(ulid(), { ...aborted, abortedJobId: jobId });

const pageSchema = z.object({ items: z.array(z.object({ type: z.string(), jobId: z.string().optional() })) });
const typesOf = async (query: string) => {
  const { items } = pageSchema.parse((await call(`GET /events?${query}`, { as: reader })).body);
  return items.filter((item) => item.jobId === jobId).map(({ type }) => type);
};

test('The audit shows what people did in all jobs, and how aborts ended, newest first', async () => {
  expect(await typesOf('limit=1000')).toEqual(['AbortCompleted', 'JobReleased', 'JobHeld']);
  expect(await typesOf('limit=1000&order=oldest')).toEqual(['JobHeld', 'JobReleased', 'AbortCompleted']);
  const { body } = await call('GET /events?by=zoe&limit=1', { as: reader });
  expect(body).toEqual({ items: [{ ...released, jobId }], cursor: expect.any(String) });
  expect((await call(`GET /events?by=zoe&limit=1&cursor=${body.cursor}`)).body).toMatchObject({ items: [held] });
});

test('It is filtered by type, by user and by time', async () => {
  expect(await typesOf('type=JobHeld,JobReleased&by=zoe,adam')).toEqual(['JobReleased', 'JobHeld']);
  expect(await typesOf('by=adam')).toEqual([]);
  expect(await typesOf(`since=${daysAgo(20)}`)).toEqual(['AbortCompleted', 'JobReleased']);
  expect(await typesOf(`until=${daysAgo(20)}`)).toEqual(['JobHeld']);
  expect(await typesOf(`since=${held.at}&until=${held.at}`)).toEqual(['JobHeld']);
});

test('What a user does is in the audit at once', async () => {
  const job = await submit();
  await call(`POST /jobs/${job.jobId}/hold`, { as: alice });
  const { body } = await call('GET /events?type=JobHeld&by=alice&limit=1', { as: reader });
  expect(body).toMatchObject({ items: [{ type: 'JobHeld', by: 'alice', jobId: job.jobId }] });
});

test('A switch and a default priority are in the audit without a job, and a refused change is not', async () => {
  const change = { body: { enabled: true } };
  await call('PUT /features/EnhancedBatchAbort', { as: operator, ...change });
  await call('PUT /features/EnhancedBatchAbort', { as: admin, body: { enabled: 'true' } });
  await call('PUT /features/Teleport', { as: admin, ...change });
  await call('PUT /groups/night', { as: alice, body: { defaultPriority: 'Low' } });
  const changes = async () => (await call('GET /events?type=FeatureChanged,GroupChanged', { as: reader })).body;
  expect(await changes()).toEqual({ items: [] });
  await call('PUT /features/EnhancedBatchAbort', { as: admin, ...change });
  await call('PUT /groups/night', { as: operator, body: { defaultPriority: 'Low' } });
  const facts = { at: expect.any(String), from: expect.any(String) };
  expect(await changes()).toEqual({
    items: [
      { ...facts, type: 'GroupChanged', by: 'olga', batchGroup: 'night', after: 'Low' },
      { ...facts, type: 'FeatureChanged', by: 'adam', feature: 'EnhancedBatchAbort', before: false, after: true },
    ],
  });
});

test('No job has the story of the system', async () => {
  expect(await call('GET /jobs/system/events', { as: reader })).toMatchObject(refused(404, 'NotFound'));
});

const cursorAt = (key: string) => `cursor=${Buffer.from(`${daysAgo(0).slice(0, 7)} ${key}`).toString('base64url')}`;
test.each([
  'type=TaskStopped',
  'since=yesterday',
  `since=${daysAgo(1)}&until=${daysAgo(2)}`,
  'cursor=none',
  'jobId=x',
  cursorAt('9999 '),
  cursorAt(' x'),
  `${cursorAt('0000 x')}&since=${daysAgo(0)}`,
  `${cursorAt('9999 x')}&until=${daysAgo(0)}`,
])('The query %s is refused', async (query) => {
  expect(await call(`GET /events?${query}`, { as: bob })).toMatchObject(refused(400, 'InvalidRequest'));
});

testTouches(functions, ['list-audit']);
