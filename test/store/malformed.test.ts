/**
 * A record that does not fit its schema: a read by its key fails and names it, because it is no 404. A read of many
 * records logs it and returns the others.
 */
import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { MalformedRecord } from '#domain/errors';
import { keysOfGroup } from '#domain/jobs/dispatch-groups';
import { claimTask, readForStart } from '#engine/tasks/claim-task';
import { findAbort, getAbort } from '#store/aborts';
import { isEnabled, listFeatures } from '#store/features';
import { changeGroup, defaultPriorityOf, listGroups } from '#store/groups';
import { findJob, getJob, moveJob } from '#store/jobs';
import { findPlan } from '#store/plans';
import { countTasks } from '#store/reads/counting';
import { dispatchedAfter, dispatchedJobs } from '#store/reads/dispatch';
import { heldBy, heldOfJob, jobsOf } from '#store/reads/holdings';
import { listJobKeys } from '#store/reads/job-keys';
import { listAborts, openAborts } from '#store/reads/list-aborts';
import { listJobs } from '#store/reads/list-jobs';
import { listServers } from '#store/reads/list-servers';
import { findRound } from '#store/reaper-rounds';
import { addRunTimes, readRunTimes } from '#store/run-times';
import type { TableName } from '#store/schema';
import { findServer } from '#store/servers';
import { heldTasks, pageOfTasks, readTasks } from '#store/tasks';
import { startStore } from '#test/support/store/engine';
import { type Key, putRecord as put, spoil, withLog } from '#test/support/store/malformed';
import { start, startServer, submit, tasksLike } from '#test/support/store/trial';

await startStore();

async function expectMalformed(read: Promise<unknown>, table: TableName, key: Key): Promise<void> {
  const fault = await read.catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(MalformedRecord);
  expect(fault).toMatchObject({ name: 'MalformedRecord', table, key });
  expect(fault).toHaveProperty('message', expect.stringContaining(JSON.stringify(key)));
}

/** The result of a read that logs this record as malformed. */
async function leavingOut<T>(table: TableName, key: Key, read: () => Promise<T>): Promise<T> {
  const { value, lines } = await withLog(read);
  const message = 'A malformed record was left out.';
  expect(lines).toContainEqual(expect.objectContaining({ message, table, key, error: expect.any(String) }));
  return value;
}

test('A malformed job is a fault of a read by its key, and is left out of a list', async () => {
  const good = await submit([{}], { batchGroup: 'broken' });
  const key = { jobId: ulid() };
  await put('jobs', { ...key, status: 'Waiting', phase: 'Open', batchGroup: 'broken' });
  await expectMalformed(findJob(key.jobId), 'jobs', key);
  await expectMalformed(getJob(key.jobId), 'jobs', key);
  await expectMalformed(moveJob(key.jobId, 'release'), 'jobs', key);
  const { jobs } = await leavingOut('jobs', key, () => listJobs({ batchGroup: ['broken'] }, { limit: 10 }));
  expect(jobs).toEqual([good]);
});

test('A malformed entry of an index of jobs is left out, and a page of them is skipped', async () => {
  const good = await submit([{}], { batchGroup: 'malformed' });
  const keys = [ulid(), ulid(), ulid()].map((jobId) => ({ jobId }));
  const [key = { jobId: '' }] = keys;
  for (const [index, each] of keys.entries())
    await put('jobs', { ...each, phase: 'Open', dispatchGroup: 'malformed', rank: `0#${index}` });
  for (const limit of [1, 2, 10]) {
    const page = await leavingOut('jobs', key, () => listJobKeys('Open', { limit }));
    expect(page.keys.map(({ jobId }) => jobId)).toContain(good.jobId);
    const { jobs } = await leavingOut('jobs', key, () => dispatchedJobs(keysOfGroup('malformed'), limit));
    expect(jobs.map(({ jobId }) => jobId)).toEqual([good.jobId]);
  }
});

test('A malformed entry does not hide the jobs of its priority that come later', async () => {
  const [first, second] = [await submit([{}], { batchGroup: 'later' }), await submit([{}], { batchGroup: 'later' })];
  await spoil('jobs', { jobId: first.jobId }, ['shards', 'many']);
  const after = { priority: 'Normal', rank: '' } as const;
  const { jobs } = await leavingOut('jobs', { jobId: first.jobId }, () => dispatchedAfter(['later'], after, 1));
  expect(jobs.map(({ jobId }) => jobId)).toEqual([second.jobId]);
});

test('A malformed abort is a fault of a read by its key, and is left out of a list', async () => {
  const key = { abortId: ulid() };
  const jobId = ulid();
  await put('aborts', { ...key, jobId, phase: 'Open', status: 'Draining' });
  await expectMalformed(findAbort(key.abortId), 'aborts', key);
  await expectMalformed(getAbort(key.abortId), 'aborts', key);
  expect(await leavingOut('aborts', key, () => listAborts(jobId, { limit: 10 }))).toEqual({ aborts: [] });
  expect(await leavingOut('aborts', key, () => listAborts(undefined, { limit: 10 }))).toEqual({ aborts: [] });
  expect((await openAborts({ limit: 10 })).ids).toContain(key.abortId);
});

test('A malformed task is a fault of each read of its job, and no server can claim it', async () => {
  const key = { shardId: `${ulid()}#0`, taskId: 'a' };
  await put('tasks', { ...key, status: 'Ready', index: 'first' });
  await expectMalformed(readTasks([key]), 'tasks', key);
  await expectMalformed(pageOfTasks(key.shardId, { limit: 10 }), 'tasks', key);
  await expectMalformed(countTasks(key.shardId, { taskTotal: 1 }), 'tasks', { shardId: key.shardId });
  const claim = { serverId: 's', now: new Date().toISOString() };
  expect(await leavingOut('tasks', key, () => claimTask(key, claim))).toBeUndefined();
});

test('A malformed task is left out of the tasks that a server holds', async () => {
  const job = await submit(tasksLike(2));
  const server = await startServer();
  const [{ shardId, taskId }, good] = [await start(job, 't1', server), await start(job, 't2', server)];
  await spoil('tasks', { shardId, taskId }, ['restartable', 'maybe']);
  const { serverId } = server;
  const reads: (() => Promise<readonly { taskId: string }[] | undefined>)[] = [
    () => heldTasks(serverId),
    async () => (await heldOfJob(job)).get(serverId),
    async () => (await heldBy([serverId])).get(serverId),
  ];
  for (const read of reads)
    expect(await leavingOut('tasks', { shardId, taskId }, read)).toMatchObject([{ taskId: good.taskId }]);
});

test('The read before a start leaves out a malformed job, and so does the read of what the servers hold', async () => {
  const [bad, good] = [await submit(tasksLike(1)), await submit(tasksLike(1))];
  const server = await startServer();
  const tasks = [await start(bad, 't1', server), await start(good, 't1', server)];
  const key = { jobId: bad.jobId };
  await spoil('jobs', key, ['system', 'maybe']);
  const read = await leavingOut('jobs', key, () => readForStart(server.serverId, tasks));
  expect([read.server?.serverId, ...read.jobs.keys()]).toEqual([server.serverId, good.jobId]);
  const held = await heldBy([server.serverId]);
  const jobs = await leavingOut('jobs', key, () => jobsOf(held.values(), { consistent: true }));
  expect([...jobs.keys()]).toEqual([good.jobId]);
});

test('A malformed server is a fault of a read by its key, and is left out of the list', async () => {
  const good = await startServer();
  const key = { serverId: ulid() };
  await put('servers', { ...key, status: 'Asleep' });
  await expectMalformed(findServer(key.serverId), 'servers', key);
  const servers = await leavingOut('servers', key, listServers);
  expect(servers).toContainEqual(good);
  expect(servers.map(({ serverId }) => serverId)).not.toContain(key.serverId);
  expect(await leavingOut('servers', key, () => readForStart(key.serverId, []))).toEqual({
    jobs: new Map(),
    tasks: [],
  });
});

test('A malformed plan, feature or group is a fault of a read by its key', async () => {
  const plan = { jobId: ulid(), planId: 'p' };
  await put('plans', { ...plan, harms: 'none' });
  await expectMalformed(findPlan(plan.jobId, plan.planId), 'plans', plan);
  await put('features', { name: 'EnhancedBatchAbort', enabled: 'yes' });
  await expectMalformed(isEnabled('EnhancedBatchAbort'), 'features', { name: 'EnhancedBatchAbort' });
  await put('groups', { batchGroup: 'g', defaultPriority: 'Extreme' });
  await expectMalformed(defaultPriorityOf('g'), 'groups', { batchGroup: 'g' });
});

test('A malformed feature is listed as off, and a malformed group or count of a handler is left out', async () => {
  const name = 'EnhancedBatchAbort';
  await put('features', { name, enabled: 'yes' });
  expect(await leavingOut('features', { name }, listFeatures)).toContainEqual({ name, enabled: false });
  await put('groups', { batchGroup: 'g', defaultPriority: 'Extreme' });
  await changeGroup('good', { set: { defaultPriority: 'High' } });
  const groups = await leavingOut('groups', { batchGroup: 'g' }, listGroups);
  expect(groups).toMatchObject([{ batchGroup: 'good' }]);
  await put('runTimes', { handler: 'h', upTo8: 'many' });
  await addRunTimes('good', { upTo8: 1 });
  const times = await leavingOut('runTimes', { handler: 'h' }, () => readRunTimes(['h', 'good']));
  expect([...times]).toEqual([['good', { upTo8: 1 }]]);
});

test('A malformed round counts as none', async () => {
  const key = { name: 'open-jobs' };
  await put('rounds', { ...key, round: { seen: 3 } });
  expect(await leavingOut('rounds', key, findRound)).toBeUndefined();
});
