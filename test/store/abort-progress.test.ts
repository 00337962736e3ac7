import { expect, test } from '@jest/globals';
import type { Abort } from '#domain/aborts/abort';
import { cancelJob, passCancel } from '#engine/jobs/cancel-job';
import { completeJob } from '#engine/jobs/complete-job';
import { passRequeue, requeueJob } from '#engine/jobs/requeue-job';
import { finishTask, settleTask } from '#engine/tasks/claim-task';
import { toAbortedTask } from '#store/aborts';
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
  await passCancel(await cancelJob(job.jobId, { requestedBy: 'bob', requestedAt: now }), Number.POSITIVE_INFINITY);
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
  await settleTask(x, { cause: 'ServerRestart', abortId: 'A', now });
  const ended = [{ taskId: 'x', outcome: 'Cancelled', endedAt: now }];
  expect(await tasksOf()).toMatchObject(ended);

  await completeJob(job.jobId, job);
  const requeue = { requestedBy: 'alice', requestedAt: now, scope: 'All' as const };
  await passRequeue(await requeueJob(await getJob(job.jobId), requeue), Number.POSITIVE_INFINITY);
  expect(await tasksOf()).toMatchObject(ended);
  const again = await start(await getJob(job.jobId), 'x', server);
  expect(await tasksOf()).toMatchObject(ended);
  await finishTask(again, undefined, new Date().toISOString());
  expect(await tasksOf()).toMatchObject(ended);
});
