/** What a server writes about the jobs of its attempts. */
import { expect, test } from '@jest/globals';
import { shardKey } from '#domain/jobs/shards';
import type { Task } from '#domain/tasks/task';
import { holdJob } from '#engine/jobs/hold-job';
import { releaseJob } from '#engine/jobs/release-job';
import { claimTask } from '#engine/tasks/claim-task';
import { Recorder } from '#server/attempts/recorder';
import { Executor } from '#server/execution/executor';
import { getJob } from '#store/jobs';
import { getTask } from '#store/tasks';
import { quietAttempts } from '#test/support/server/attempts';
import { startStore } from '#test/support/store/engine';
import { AUTHOR, submit } from '#test/support/store/trial';
import { queryOf, updateOf } from '#test/support/store/wire';

const wire = await startStore();

async function claim(jobId: string, taskId = 'a'): Promise<Task> {
  const task = await getTask(await getJob(jobId), taskId);
  const claimed = await claimTask(task, { serverId: 'server', now: AUTHOR.at });
  if (!claimed) throw new Error('The task could not be claimed.');
  return claimed;
}

test('A server writes the start of a job once, however often it has read the job before', async () => {
  const { jobId } = await submit([{ taskId: 'a' }]);
  let writes = 0;
  const stop = wire.onCall((call) => {
    if (updateOf('jobs', jobId, 'startedBy')(call)) writes += 1;
  });
  const recorder = new Recorder(new AbortController().signal);
  const task = await claim(jobId);
  const reads = [await getJob(jobId), await getJob(jobId)];
  for (const job of reads) await recorder.recordStart({ task, job });
  stop();
  expect(writes).toBe(1);
  expect((await getJob(jobId)).status).toBe('Executing');
});

test('A server that holds another task of a job does not ask whether the job has ended', async () => {
  const executor = await Executor.open({ slots: 1, log: () => {} });
  const claimed = new Set<string>();
  const attempts = quietAttempts(executor, (jobId) => claimed.has(jobId));
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  const [first, second] = [await claim(job.jobId), await claim(job.jobId, 'b')];
  let checks = 0;
  const stop = wire.onCall((call) => {
    if (queryOf('byOpen', shardKey(job.jobId, 0))(call)) checks += 1;
  });
  claimed.add(job.jobId);
  attempts.start(first, job);
  expect(await attempts.allRecorded(20_000)).toBe(true);
  stop();
  expect(checks).toBe(0);
  claimed.delete(job.jobId);
  attempts.start(second, job);
  expect(await attempts.allRecorded(20_000)).toBe(true);
  expect((await getJob(job.jobId)).status).toBe('Finished');
  await executor.close();
});

test('A start that a hold has refused is written again after the release', async () => {
  const { jobId } = await submit([{ taskId: 'a' }]);
  const recorder = new Recorder(new AbortController().signal);
  const job = await getJob(jobId);
  const task = await claim(jobId);
  const held = await holdJob(job, AUTHOR);
  await recorder.recordStart({ task, job });
  expect((await getJob(jobId)).status).toBe('Withhold');
  await releaseJob(held, AUTHOR);
  await recorder.recordStart({ task, job: await getJob(jobId) });
  expect((await getJob(jobId)).status).toBe('Executing');
});
