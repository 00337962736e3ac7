/** Shared restarts, and the end of a withdrawn abort's workflow. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  ABORT_LIMIT_MS,
  abortJob,
  activeServers,
  onlyTask,
  runCancelled,
  runTask,
  switchFeature,
  untilEnded,
} from '#test/support/flows/aborts';
import { historyOf } from '#test/support/flows/aws';
import { makeDirectory } from '#test/support/flows/directory';
import { readJob, readServers, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const ARGS = ['--servers', '1', '--slots', '3', '--heartbeat-seconds', '1', '--drain-seconds', '90'];
const directory = makeDirectory('withdraw-abort');

let system: System;
beforeAll(async () => {
  system = await startSystem({
    args: [...ARGS, '--handlers', WITNESS],
  });
});
afterAll(async () => void (await system.stop()));
beforeEach(async () => {
  await switchFeature(system, true);
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: ABORT_LIMIT_MS });
});

async function theServer() {
  const [server] = (await readServers(system)).filter(({ status }) => status !== 'Stopped');
  if (!server) throw new Error('There is no server.');
  return server;
}

test('the workflow of a withdrawn abort comes to its end without waiting for the server', async () => {
  const held = { handler: 'witness', input: { file: join(directory, 'withdrawn'), kind: 'held' } };
  const bystander = await runTask(system, held);
  const stuck = await runCancelled(system, held);
  const { abortId, executionArn } = await abortJob(system, stuck.jobId);
  await eventually(async () => (await theServer()).status === 'Draining');
  const reply = await system.call('POST', `/aborts/${abortId}/withdraw`, { body: { reason: 'found the cause' } });
  expect(reply.status).toBe(202);
  const last = await eventually(
    async () => {
      const history = await historyOf(system, executionArn);
      return history.at(-1)?.type === 'ExecutionSucceeded' && history.at(-1);
    },
    { limitMs: 20_000 },
  );
  expect(last.type).toBe('ExecutionSucceeded');
  release(held.input.file);
  for (const { jobId } of [stuck, bystander]) await untilFinal(system, jobId, 30_000);
});

test('two aborts of two jobs on one server restart it once, and both complete', async () => {
  const file = join(directory, 'shared');
  const bystander = await runTask(system, { handler: 'witness', input: { file, kind: 'held' } });
  const [one, other] = [await runCancelled(system), await runCancelled(system)];
  const first = await abortJob(system, one.jobId);
  const second = await abortJob(system, other.jobId);
  expect(second.abortId).not.toBe(first.abortId);
  const draining = await theServer();
  expect(draining).toMatchObject({ status: 'Draining', drain: { aborts: [first.abortId, second.abortId].sort() } });
  const before = (await readServers(system)).length;
  release(file);

  const [endedFirst, endedSecond] = [await untilEnded(system, first.abortId), await untilEnded(system, second.abortId)];
  expect([endedFirst.status, endedSecond.status]).toEqual(['Completed', 'Completed']);
  const [restart] = endedFirst.servers;
  const { stopRequestedAt, stoppedAt, settledAt } = restart ?? {};
  expect(endedSecond.servers).toMatchObject([{ serverId: restart?.serverId, stopRequestedAt, stoppedAt, settledAt }]);
  expect(endedFirst.timeline.filter(({ type }) => type === 'StopRequested')).toHaveLength(1);
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: 20_000 });
  expect(await readServers(system)).toHaveLength(before + 1);
  for (const { jobId } of [one, other]) expect(await readJob(system, jobId)).toMatchObject({ status: 'Cancelled' });
  expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ attempt: 1, outcome: 'Finished' }]);
});
