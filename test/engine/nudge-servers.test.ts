/** Who nudges idle servers, how many of them, and what happens when the queue is down. */
import { afterAll, afterEach, expect, jest, test } from '@jest/globals';
import { submitJobSchema } from '#domain/requests';
import { holdJob } from '#engine/jobs/hold-job';
import { offerJob } from '#engine/jobs/offer-job';
import { releaseJob } from '#engine/jobs/release-job';
import { submitJob } from '#engine/jobs/submit-job';
import { nudgeForTasks } from '#engine/servers/nudge-servers';
import { startSqsTrial } from '#test/support/local/sqs-trial';
import { startStore } from '#test/support/store/engine';

const SLOTS = Number(process.env.LASTCALL_SLOTS);
const alice = { by: 'alice', at: new Date().toISOString() };

await startStore();
const sqs = await startSqsTrial();
Object.assign(process.env, sqs.environment);
afterEach(async () => {
  jest.restoreAllMocks();
  await sqs.empty();
});
afterAll(() => sqs.close());

const sent = async () => (await sqs.counts())[0];

function submit(tasks: number, more: object = {}) {
  const all = Array.from({ length: tasks }, () => ({ handler: 'echo' }));
  return submitJob(submitJobSchema.parse({ name: 'nudges', tasks: all, ...more }), alice);
}

test.each([
  [1, 1],
  [SLOTS + 1, 2],
  [11 * SLOTS, 10],
])('a submission of %d tasks nudges %d servers', async (tasks, servers) => {
  await submit(tasks);
  expect(await sent()).toBe(servers);
});

test('a held job nudges no server before its release', async () => {
  const held = await submit(SLOTS + 1, { hold: true });
  expect(await sent()).toBe(0);
  await releaseJob(held, alice);
  expect(await sent()).toBe(2);
});

test('offers of a job soon after each other nudge one server', async () => {
  const held = await submit(1, { hold: true });
  const { jobId } = await releaseJob(held, alice);
  await sqs.empty();
  await Promise.all([offerJob(jobId), offerJob(jobId)]);
  expect(await sent()).toBe(1);
});

test('an offer of a job that may not run nudges no server', async () => {
  const job = await submit(1);
  await holdJob(job, alice);
  await sqs.empty();
  await offerJob(job.jobId);
  expect(await sent()).toBe(0);
});

test('while the queue is down, a job is accepted all the same, and the loss is measured', async () => {
  const lines: string[] = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const isDown = sqs.wire.refuse(({ operation }) => operation === 'SendMessageBatch', 'InternalFailure');
  expect(await submit(1)).toMatchObject({ status: 'Waiting' });
  isDown();
  expect(JSON.parse(lines.join())).toMatchObject({
    NudgesLost: 1,
    error: expect.stringContaining('InternalFailure'),
    _aws: { CloudWatchMetrics: [{ Namespace: 'Lastcall', Metrics: [{ Name: 'NudgesLost', Unit: 'Count' }] }] },
  });
});

test('a queue that does not reply costs a submission no more than a second and a half', async () => {
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const silent = sqs.wire.hold(({ operation }) => operation === 'SendMessageBatch');
  expect(await submit(1)).toMatchObject({ status: 'Waiting' });
  silent.release();
});

test('without a queue no nudge is sent', async () => {
  process.env.LASTCALL_NUDGE_QUEUE_URL = '';
  await nudgeForTasks(['default'], 1);
  Object.assign(process.env, sqs.environment);
  expect(await sent()).toBe(0);
});
