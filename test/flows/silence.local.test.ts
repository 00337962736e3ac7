/** Silence that has its cause elsewhere: the store or the machine stands still, and no server has done anything wrong. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { abortJob, readAbort, runCancelled, switchFeature, untilEnded } from '#test/support/flows/aborts';
import { makeDirectory } from '#test/support/flows/directory';
import { pauseAll, pauseStore } from '#test/support/flows/pauses';
import { readServers, readTasks, submitJob, tasksOf, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { readRuns, release, WITNESS } from '#test/support/witness/runs';

const DRAIN_SECONDS = 60;
const ARGS = ['--servers', '2', '--slots', '2', '--heartbeat-seconds', '1', '--drain-seconds', String(DRAIN_SECONDS)];
/** By then two passes of the reaper are over: the servers that it takes for lost are lost. */
const JUDGED_MS = 8_000;
/** Both servers run some, and one slot is left for a task that is stuck. */
const TASKS = 3;
const FILE = join(makeDirectory('silence'), 'witnessed');
const HELD = { handler: 'witness', input: { file: FILE, kind: 'held' } };

let system: System;
let jobId: string;
beforeAll(async () => {
  system = await startSystem({ args: [...ARGS, '--handlers', WITNESS] });
  await switchFeature(system, true);
  ({ jobId } = await submitJob(system, { tasks: tasksOf(TASKS, HELD) }));
  await eventually(() => readRuns(FILE).length === TASKS, { limitMs: 30_000 });
});
afterAll(async () => void (await system.stop()));

/** The statuses of all servers when each of them has beaten, or was fenced, in the time that the reaper needs. */
async function statusesWhenJudged(): Promise<string[]> {
  const judgedAt = new Date(Date.now() + JUDGED_MS).toISOString();
  const servers = await eventually(
    async () => {
      const read = await readServers(system);
      return read.every(({ status, heartbeatAt }) => status === 'Stopped' || heartbeatAt > judgedAt) && read;
    },
    { limitMs: 30_000 },
  );
  return servers.map(({ status }) => status);
}

test('the store stands still for longer than a lease: no server is lost', async () => {
  await pauseStore(system.port, 8_000);
  expect(await statusesWhenJudged()).toEqual(['Active', 'Active']);
});

test('the whole machine stands still, and the servers go on last: none of them is lost', async () => {
  await pauseAll(system.port, 12_000);
  expect(await statusesWhenJudged()).toEqual(['Active', 'Active']);
});

test('the store stands still during a drain: the server drains on, and its bystanders end', async () => {
  const stuck = await runCancelled(system);
  const { abortId } = await abortJob(system, stuck.jobId);
  await pauseStore(system.port, 6_000);
  expect((await statusesWhenJudged()).sort()).toEqual(['Active', 'Draining']);
  const [server] = (await readAbort(system, abortId)).servers;
  expect(server).not.toHaveProperty('stopRequestedAt');
  release(FILE);
  const abort = await untilEnded(system, abortId);
  expect(abort).toMatchObject({ status: 'Completed', servers: [{ drainedAt: expect.any(String) }] });
  expect(abort.servers[0]).toMatchObject({ deadlineReached: false });
});

test('no attempt was interrupted by any of it', async () => {
  expect(await untilFinal(system, jobId, 30_000)).toMatchObject({ status: 'Finished' });
  const tasks = await readTasks(system, jobId);
  expect(tasks.map(({ attempts }) => attempts.map(({ outcome }) => outcome))).toEqual(
    Array.from({ length: TASKS }, () => ['Finished']),
  );
});
