import { expect, test } from '@jest/globals';
import { afterAttempt } from '#engine/after-end';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { getJob } from '#store/jobs';
import { startStore } from '#test/support/store/engine';
import { start, startServer, submit } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();
const now = () => new Date().toISOString();

test('A job ends although its last attempt was recorded while another one was still skipping a dependent', async () => {
  const job = await submit([
    { taskId: 'a' },
    { taskId: 'b', dependsOn: [{ taskId: 'a', expected: 'Finished' }] },
    { taskId: 'c' },
  ]);
  const server = await startServer();
  const [a, c] = [await start(job, 'a', server), await start(job, 'c', server)];
  await failTask(a, { name: 'Error', message: 'no' }, { now: now() });
  let hasUnrecorded = true;
  const skipping = wire.hold(updateOf('tasks', 'b', 'NotRun'));
  const following = afterAttempt({ job, task: a, isJobOpen: () => hasUnrecorded });
  await skipping.reached;
  await finishTask(c, '1', now());
  hasUnrecorded = false;
  await afterAttempt({ job, task: c, isJobOpen: () => hasUnrecorded });
  expect((await getJob(job.jobId)).status).toBe('Executing');
  skipping.release();
  await following;
  expect((await getJob(job.jobId)).status).toBe('Error');
});
