/** What happens to bystanders that still run when the drain period is over. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  abortJob,
  expectWithin,
  msBetween,
  onlyTask,
  readEvents,
  readPlan,
  runCancelled,
  runTask,
  type ServerAbort,
  switchFeature,
  untilEnded,
} from '#test/support/flows/aborts';
import { makeDirectory } from '#test/support/flows/directory';
import { violatedAttempts } from '#test/support/flows/invariants';
import { readJob, type Task, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const DRAIN_SECONDS = 5;
const ARGS = ['--servers', '1', '--slots', '3', '--heartbeat-seconds', '1', '--handlers', WITNESS];
const FILE = join(makeDirectory('deadline'), 'witnessed');
const LONG = { handler: 'witness', input: { file: FILE, kind: 'held' }, maxRetries: 1 };

let system: System;
let abort: ServerAbort;
let restarted: Task;
let interrupted: Task;
let stuck: Task;
/** One abort of a server with a stuck task, a restartable bystander, and one that is not. */
beforeAll(async () => {
  system = await startSystem({
    args: [...ARGS, '--drain-seconds', String(DRAIN_SECONDS)],
  });
  await switchFeature(system, true);
  restarted = await runTask(system, { ...LONG, restartable: true });
  interrupted = await runTask(system, LONG);
  stuck = await runCancelled(system);
  const { disruptedJobs } = await readPlan(system, stuck.jobId);
  expect(disruptedJobs.map(({ jobId, tasks }) => [jobId, tasks.map(({ fate }) => fate)]).sort()).toEqual(
    [
      [restarted.jobId, ['restarts']],
      [interrupted.jobId, ['fails']],
    ].sort(),
  );
  abort = await untilEnded(system, (await abortJob(system, stuck.jobId)).abortId);
});
afterAll(async () => void (await system.stop()));

test('the server is stopped at the deadline, and not before', () => {
  const [server] = abort.servers;
  expect(msBetween(abort.requestedAt, abort.drainDeadline)).toBe(DRAIN_SECONDS * 1000);
  expectWithin(1_000, abort.drainDeadline, server?.stopRequestedAt);
  expect(server).toMatchObject({ deadlineReached: true });
  expect(server).not.toHaveProperty('drainedAt');
});

test('the timeline shows the deadline in its place', () => {
  const types = abort.timeline.map(({ type }) => type).filter((type) => type !== 'ReplacementSeen');
  expect(types).toEqual([
    'Requested',
    'Draining',
    'DeadlineReached',
    'StopRequested',
    'ContainerStopped',
    'Settled',
    'Completed',
  ]);
  expect(abort).toMatchObject({ status: 'Completed', tasks: [{ jobId: stuck.jobId, outcome: 'Cancelled' }] });
});

test('a restartable bystander runs again and ends well, its retries untouched', async () => {
  const { jobId } = restarted;
  const again = await eventually(async () => {
    const task = await onlyTask(system, jobId);
    return task.attempts.length === 2 && task;
  });
  release(FILE);
  expect(again.attempts[0]).toMatchObject({ outcome: 'Interrupted', cause: 'ServerRestart', abortId: abort.abortId });
  expect(again.attempts[1]).toMatchObject({ attempt: 2 });
  expect(again.attempts[1]?.serverId).not.toBe(restarted.serverId);
  expect(await untilFinal(system, jobId, 30_000)).toMatchObject({ status: 'Finished' });
  const ended = await onlyTask(system, jobId);
  expect(ended).toMatchObject({ status: 'Finished', failures: 0, maxRetries: 1 });
  expect(violatedAttempts(ended)).toEqual([]);
  // It started again only when the old server was proven stopped.
  expect(msBetween(abort.servers[0]?.stoppedAt, ended.attempts[1]?.startedAt)).toBeGreaterThanOrEqual(0);
});

test('a bystander that is not restartable is an error with the cause and the abort, its retries not tried', async () => {
  const { abortId } = abort;
  const reason = { cause: 'ServerRestart', abortId };
  const task = await onlyTask(system, interrupted.jobId);
  expect(task).toMatchObject({
    status: 'Error',
    ...reason,
    attempts: [{ attempt: 1, outcome: 'Interrupted', ...reason }],
  });
  expect(task.attempts).toHaveLength(1);
  expect(await readJob(system, interrupted.jobId)).toMatchObject({ status: 'Error' });
});

test('the events of both jobs show what happened to their tasks, and by which abort', async () => {
  const reason = { taskId: 'only', attempt: 1, cause: 'ServerRestart', abortId: abort.abortId };
  expect(await readEvents(system, restarted.jobId)).toContainEqual(
    expect.objectContaining({ type: 'TaskRestarting', ...reason }),
  );
  expect(await readEvents(system, interrupted.jobId)).toContainEqual(
    expect.objectContaining({ type: 'TaskInterrupted', ...reason }),
  );
});
