/** What a server writes about the jobs of its attempts. */
import { expect, test } from '@jest/globals';
import type { Task } from '#domain/tasks/task';
import { holdJob } from '#engine/jobs/hold-job';
import { releaseJob } from '#engine/jobs/release-job';
import { claimTask } from '#engine/tasks/claim-task';
import { Recorder } from '#server/attempts/recorder';
import { getJob } from '#store/jobs';
import { getTask } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { AUTHOR, submit } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

async function claim(jobId: string): Promise<Task> {
  const task = await getTask(await getJob(jobId), 'a');
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
