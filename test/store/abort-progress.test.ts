import { expect, test } from '@jest/globals';
import { type Abort, toAbortedTask } from '#domain/aborts/abort';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { completeJob } from '#engine/jobs/complete-job';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { finishTask } from '#engine/tasks/finish-task';
import { settleTask } from '#engine/tasks/settle-task';
import { getJob } from '#store/jobs';
import { readProgress } from '#store/reads/abort-progress';
import { startStore } from '#test/support/store/engine';
import { start, startServer, submit } from '#test/support/store/trial';

await startStore();

const server = await startServer();
const now = new Date().toISOString();

test('The outcome of an attempt that an abort stopped stays the same when the job runs again', async () => {
  const job = await submit([{ taskId: 'x' }]);
  const x = await start(job, 'x', server);
  await cancelTasks(await acceptCancel(job.jobId, { by: 'bob', at: now }), Number.POSITIVE_INFINITY);
  const abort: Abort = {
    abortId: 'A',
    jobId: job.jobId,
    run: 1,
    mode: 'server',
    status: 'Restarting',
    requestedBy: 'olga',
    reason: 'hangs',
    requestedAt: now,
    drainSeconds: 900,
    serverIds: [server.serverId],
    tasks: [toAbortedTask(x)],
    bystanders: [],
  };
  const tasksOf = async () => (await readProgress(abort))[0];
  expect((await tasksOf())[0]?.outcome).toBeUndefined();
  await settleTask(x, { cause: 'ServerRestart', abortId: 'A' }, now);
  const ended = [{ taskId: 'x', outcome: 'Cancelled', endedAt: now }];
  expect(await tasksOf()).toMatchObject(ended);

  await completeJob(job.jobId, job);
  await requeueTasks(
    await acceptRequeue(await getJob(job.jobId), 'All', { by: 'alice', at: now }),
    Number.POSITIVE_INFINITY,
  );
  expect(await tasksOf()).toMatchObject(ended);
  const again = await start(await getJob(job.jobId), 'x', server);
  expect(await tasksOf()).toMatchObject(ended);
  await finishTask(again, undefined, new Date().toISOString());
  expect(await tasksOf()).toMatchObject(ended);
});
