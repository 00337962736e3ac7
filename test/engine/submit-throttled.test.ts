/** Submissions on tables that are throttled or pause. No Step Functions answers: the workflow is called by hand. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { ulid } from 'ulid';
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { submitJobSchema } from '#domain/requests';
import { submitJob } from '#engine/jobs/submit-job';
import { reapJobs } from '#engine/reaper/reap-jobs';
import { writeTasks } from '#engine/submissions/write-tasks';
import { AWS_LIMITS } from '#local/aws/dynamodb/proxy/throughput/limits';
import { queryAll } from '#store/dynamodb/read';
import { findJob } from '#store/jobs';
import { listJobKeys } from '#store/reads/job-keys';
import { boundedWork } from '#test/support/engine/bounded-work';
import { startHardDynamoDb } from '#test/support/local/hard-dynamodb';
import { letTimePass } from '#test/support/store/clock';
import { isTaskWrite } from '#test/support/store/task-writes';
import { AUTHOR } from '#test/support/store/trial';

process.env.AWS_ENDPOINT_URL_SFN = 'http://127.0.0.1:1';
/** A tenth of AWS's. */
const limits = {
  ...AWS_LIMITS,
  table: { read: 12_000, write: 400 },
  partition: { read: 3_000, write: 100 },
};
const proxy = await startHardDynamoDb({ limits });

const CLIENTS = 4;
/** They take 12 s at the rate of their partition: more than a request has. */
const TASKS = 400;
const FOREVER = Number.POSITIVE_INFINITY;
const LANDING_LIMIT_MS = 10_000;
const HALF_A_MINUTE_MS = 30_000;

afterEach(() => {
  proxy.faults.clear();
  jest.useRealTimers();
});

function submitTasks(count: number): Promise<Job> {
  const tasks = Array.from({ length: count }, () => ({ handler: 'echo' }));
  return submitJob(submitJobSchema.parse({ name: `trial ${ulid()}`, tasks }), { ...AUTHOR, at: now() });
}

const now = () => new Date().toISOString();

async function tasksOf(jobId: string) {
  return queryAll({ table: 'tasks', partition: ['shardId', shardKey(jobId, 0)], consistent: true });
}

/** Settles when a write of the job's tasks has been carried out. */
async function landed(jobId: string): Promise<void> {
  const signal = AbortSignal.timeout(LANDING_LIMIT_MS);
  while ((await tasksOf(jobId)).length === 0) signal.throwIfAborted();
}

test('Four clients are accepted although their tasks take longer than a request may, and all tasks come to exist', async () => {
  const jobs = await Promise.all(Array.from({ length: CLIENTS }, () => submitTasks(TASKS)));
  expect(jobs.some(({ unwritten }) => unwritten)).toBe(true);
  proxy.faults.clear();
  expect(await Promise.all(jobs.map(({ jobId }) => writeTasks(jobId, FOREVER)))).not.toContain(false);
  for (const { jobId } of jobs) expect(await tasksOf(jobId)).toHaveLength(TASKS);
}, 60_000);

test('A write that lands after its request was refused finds the job, and is removed with it', async () => {
  const resume = proxy.faults.pause(isTaskWrite);
  proxy.faults.throttle(({ body }) => body.includes('-submissions'));
  await expect(submitTasks(10)).rejects.toMatchObject({ name: expect.stringMatching(/^(Throttled|OutOfTime)$/) });
  const [job] = (await listJobKeys('Open', { limit: 1 })).keys;
  const jobId = job?.jobId ?? '';
  await reapJobs(boundedWork);
  resume();
  await landed(jobId);
  letTimePass(HALF_A_MINUTE_MS);
  await reapJobs(boundedWork);
  expect(await tasksOf(jobId)).toEqual([]);
  expect(await findJob(jobId)).toBeUndefined();
}, 60_000);
