/** Claims of several tasks in one request. */
import { expect, test } from '@jest/globals';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { claimTask, readForStart } from '#engine/tasks/claim-task';
import { claimTogether, newClaim } from '#engine/tasks/claim-together';
import { failTask } from '#engine/tasks/fail-task';
import { undoClaim } from '#engine/tasks/undo-claim';
import { writeCounts } from '#store/counts/keep-counts';
import { getJob } from '#store/jobs';
import { recordedCounts } from '#store/reads/counting';
import { keyOf, readyTaskKeys } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { recordedStatuses, start, startServer, submit } from '#test/support/store/trial';
import { batchOf } from '#test/support/store/wire';

const wire = await startStore();

const NOW = '2026-01-01T10:00:00.000Z';
const server = await startServer();
const { serverId } = server;
const claimer = { serverId, now: NOW, handlers: ['echo'] };

async function keysOf({ jobId }: { readonly jobId: string }) {
  return readyTaskKeys(`${jobId}#0`, { batchGroup: 'default', now: NOW, limit: 100 });
}

async function claimsOf(job: { readonly jobId: string }) {
  return (await keysOf(job)).map(newClaim);
}

async function keptCounts({ jobId }: { readonly jobId: string }) {
  await writeCounts();
  return recordedCounts(await getJob(jobId));
}

test('Tasks that are claimed together come back with their claims, and their job is read before they start', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  const claimed = await claimTogether(await claimsOf(job), claimer);
  expect(claimed).toMatchObject({ claims: [], lost: [], others: [] });
  const { tasks, jobs } = await readForStart(serverId, claimed.tasks, claimed.claims);
  expect([...jobs.keys()]).toEqual([job.jobId]);
  expect(tasks.map(({ taskId }) => taskId).sort()).toEqual(['a', 'b']);
  for (const task of tasks) expect(task).toMatchObject({ status: 'Executing', serverId, attempt: 1, startedAt: NOW });
  expect(await keysOf(job)).toEqual([]);
  expect(await keptCounts(job)).toMatchObject({ Ready: 0, Executing: 2 });
});

test('Tasks whose records do not come back with their claims are read before they start', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  wire.edit(batchOf('tasks', `${job.jobId}#0`, 'Executing', serverId), () => ({ Responses: [{}, {}] }));
  const { tasks: none, claims } = await claimTogether(await claimsOf(job), claimer);
  expect([none, claims.length]).toEqual([[], 2]);
  const { tasks } = await readForStart(serverId, [], claims);
  for (const task of tasks) expect(claims.map(({ claimId }) => claimId)).toContain(task.claimId);
  expect(tasks).toHaveLength(2);
  expect(await keptCounts(job)).toMatchObject({ Ready: 0, Executing: 2 });
});

test('Claims that arrive late do not claim again tasks that were given back', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  const late = wire.delay(batchOf('tasks', `${job.jobId}#0`, 'Executing', serverId));
  const { tasks } = await claimTogether(await claimsOf(job), claimer);
  await late.reached;
  await Promise.all(tasks.map(undoClaim));
  await late.release();
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['Ready', 'Ready']);
});

test('Only first attempts of Ready tasks with a handler of the server are claimed together', async () => {
  const job = await submit([
    { taskId: 'again', maxRetries: 1 },
    { taskId: 'first' },
    { taskId: 'lacking', handler: 'other' },
    { taskId: 'taken' },
    { taskId: 'undone' },
  ]);
  await undoClaim(await start(job, 'undone', server));
  const keys = await keysOf(job);
  await failTask(await start(job, 'again', server), { name: 'Error', message: 'no' }, { now: NOW, retryAt: NOW });
  const taken = await start(job, 'taken', await startServer());
  const { tasks, lost, lacking, others } = await claimTogether(keys.map(newClaim), claimer);
  expect(tasks.map(({ taskId }) => taskId)).toEqual(['first', 'undone']);
  expect(lost.map(({ key }) => key.taskId)).toEqual(['taken']);
  expect(others.map(({ key }) => key.taskId)).toEqual(['again']);
  expect(lacking.map(({ claim, task }) => [claim.key.taskId, task.handler])).toEqual([['lacking', 'other']]);
  expect(await recordedStatuses(job, 'lacking', 'undone')).toEqual(['Ready', 'Executing']);
  expect(taken.serverId).not.toBe(serverId);
});

test('A server knows its claims after a lost reply, even if a cancel has marked the tasks since', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  const keys = await keysOf(job);
  const claiming = batchOf('tasks', `${job.jobId}#0`, 'Executing', serverId);
  void wire.loseReply(claiming);
  const again = wire.hold(claiming);
  const claimed = claimTogether(keys.map(newClaim), claimer);
  await again.reached;
  await cancelTasks(await acceptCancel(job.jobId, { by: 'alice', at: NOW }), Number.POSITIVE_INFINITY);
  again.release();
  const { claims } = await claimed;
  const { tasks, jobs } = await readForStart(serverId, [], claims);
  expect(tasks.map(({ status }) => status)).toEqual(['Cancelling', 'Cancelling']);
  expect(jobs.get(job.jobId)?.status).toBe('Cancelling');
});

test('A claim whose record is read after it was settled brings no task', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  const { tasks } = await claimTogether(await claimsOf(job), claimer);
  const claims = tasks.map((task) => ({ key: keyOf(task), claimId: task.claimId ?? '' }));
  for (const task of tasks.filter(({ taskId }) => taskId === 'a')) await undoClaim(task);
  const [key] = await keysOf(job);
  if (key) await claimTask(key, { serverId, now: NOW });
  expect((await readForStart(serverId, [], claims)).tasks.map(({ taskId }) => taskId)).toEqual(['b']);
});
