/** A record that does not fit its schema is a fault that names it: it is neither skipped nor a 404. */

import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { MalformedRecord } from '#domain/errors';
import { claimTask } from '#engine/tasks/claim-task';
import { findAbort, getAbort } from '#store/aborts';
import { documents, tableName } from '#store/dynamodb/client';
import { isEnabled } from '#store/features';
import { defaultPriorityOf } from '#store/groups';
import { findJob, getJob, listJobKeys, moveJob } from '#store/jobs';
import { findPlan } from '#store/plans';
import { countTasks } from '#store/reads/counting';
import { dispatchedJobs } from '#store/reads/dispatch';
import { listAborts } from '#store/reads/list-aborts';
import { listJobs } from '#store/reads/list-jobs';
import { listServers } from '#store/reads/list-servers';
import { findRound } from '#store/rounds';
import { readRunTimes } from '#store/run-times';
import type { TableName } from '#store/schema';
import { findServer } from '#store/servers';
import { pageOfTasks, readTasks } from '#store/tasks';
import { startStore } from '#test/support/store/engine';

await startStore();

type Key = Readonly<Record<string, string>>;

const put = (table: TableName, item: Readonly<Record<string, unknown>>) =>
  documents().send(new PutCommand({ TableName: tableName(table), Item: item }));

async function expectMalformed(read: Promise<unknown>, table: TableName, key: Key): Promise<void> {
  const fault = await read.catch((error: unknown) => error);
  expect(fault).toBeInstanceOf(MalformedRecord);
  expect(fault).toMatchObject({ name: 'MalformedRecord', table, key });
  expect(fault).toHaveProperty('message', expect.stringContaining(JSON.stringify(key)));
}

test('A malformed job is a fault of each read that finds it', async () => {
  const key = { jobId: ulid() };
  await put('jobs', { ...key, status: 'Waiting', phase: 'Open', batchGroup: 'broken' });
  await expectMalformed(findJob(key.jobId), 'jobs', key);
  await expectMalformed(getJob(key.jobId), 'jobs', key);
  await expectMalformed(moveJob(key.jobId, 'release'), 'jobs', key);
  await expectMalformed(listJobs({ batchGroup: 'broken' }, { limit: 10 }), 'jobs', key);
});

test('A malformed entry of an index of jobs is a fault', async () => {
  const key = { jobId: ulid() };
  await put('jobs', { ...key, phase: 'Final', dispatchGroup: 'malformed', rank: '0#' });
  await expectMalformed(listJobKeys('Final', { limit: 10 }), 'jobs', key);
  await expectMalformed(dispatchedJobs(['malformed'], 10), 'jobs', key);
});

test('A malformed abort is a fault of each read that finds it', async () => {
  const key = { abortId: ulid() };
  const jobId = ulid();
  await put('aborts', { ...key, jobId, phase: 'Open', status: 'Draining' });
  await expectMalformed(findAbort(key.abortId), 'aborts', key);
  await expectMalformed(getAbort(key.abortId), 'aborts', key);
  await expectMalformed(listAborts(jobId, { limit: 10 }), 'aborts', key);
  await expectMalformed(listAborts(undefined, { limit: 10 }), 'aborts', key);
});

test('A malformed task is a fault of each read that finds it, and of a claim', async () => {
  const key = { shardId: `${ulid()}#0`, taskId: 'a' };
  await put('tasks', { ...key, status: 'Ready', index: 'first' });
  await expectMalformed(readTasks([key]), 'tasks', key);
  await expectMalformed(pageOfTasks(key.shardId, { limit: 10 }), 'tasks', key);
  await expectMalformed(countTasks(key.shardId, { taskTotal: 1 }), 'tasks', { shardId: key.shardId });
  await expectMalformed(claimTask(key, { serverId: 's', now: new Date().toISOString() }), 'tasks', key);
});

test('A malformed server is a fault of each read that finds it', async () => {
  const key = { serverId: ulid() };
  await put('servers', { ...key, status: 'Asleep' });
  await expectMalformed(findServer(key.serverId), 'servers', key);
  await expectMalformed(listServers(), 'servers', key);
});

test('A malformed plan, round, feature, group or count of a handler is a fault', async () => {
  const plan = { jobId: ulid(), planId: 'p' };
  await put('plans', { ...plan, harms: 'none' });
  await expectMalformed(findPlan(plan.jobId, plan.planId), 'plans', plan);
  await put('rounds', { name: 'open-jobs', round: { seen: 3 } });
  await expectMalformed(findRound(), 'rounds', { name: 'open-jobs' });
  await put('features', { name: 'EnhancedBatchAbort', enabled: 'yes' });
  await expectMalformed(isEnabled('EnhancedBatchAbort'), 'features', { name: 'EnhancedBatchAbort' });
  await put('groups', { batchGroup: 'g', defaultPriority: 'Extreme' });
  await expectMalformed(defaultPriorityOf('g'), 'groups', { batchGroup: 'g' });
  await put('runTimes', { handler: 'h', upTo8: 'many' });
  await expectMalformed(readRunTimes(['h']), 'runTimes', { handler: 'h' });
});
