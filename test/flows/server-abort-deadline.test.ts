/**
 * What happens to a bystander that outlasts the drain period. The suite waits for the whole period, which may be 15
 * minutes.
 */
import { beforeAll, expect, test } from '@jest/globals';
import {
  ABORT_LIMIT_MS,
  confirmPlan,
  expectWithin,
  msBetween,
  onlyTask,
  readEvents,
  readPlan,
  runCancelled,
  runTask,
  type ServerAbort,
  type ServerPlan,
  switchFeature,
  untilEnded,
  untilReplaced,
} from '#test/support/flows/aborts';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { violatedAttempts } from '#test/support/flows/invariants';
import { useOneServer } from '#test/support/flows/one-server';
import { cancelJob, type Task, untilFinal } from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';

let system: AnySystem;
let plan: ServerPlan;
let abort: ServerAbort;
let restarted: Task;
beforeAll(async () => {
  system = await openSystem();
  await switchFeature(system, true);
  const server = await useOneServer(system);
  const input = { seconds: 3_600, cooperative: true };
  restarted = await runTask(system, { handler: 'sleep', input, maxRetries: 1, restartable: true });
  const stuck = await runCancelled(system, { handler: 'block', input: { seconds: 1_500 } });
  await server.release();
  plan = await readPlan(system, stuck.jobId);
  const { abortId } = await confirmPlan(system, plan);
  abort = await untilEnded(system, abortId, plan.drainSeconds * 1_000 + ABORT_LIMIT_MS);
});

test('the server is stopped at the deadline, not before, and the timeline shows it in its place', () => {
  const [server] = abort.servers;
  expect(msBetween(abort.requestedAt, abort.drainDeadline)).toBe(plan.drainSeconds * 1_000);
  expectWithin(5_000, abort.drainDeadline, server?.stopRequestedAt);
  expect(server).toMatchObject({ deadlineReached: true });
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
  expect(abort).toMatchObject({ status: 'Completed', tasks: [{ outcome: 'Cancelled' }] });
});

test('a restartable bystander runs again elsewhere when its server is proven stopped, its retries untouched', async () => {
  const { jobId } = restarted;
  expect(plan.disruptedJobs.filter(system.isOurs)).toMatchObject([{ jobId, tasks: [{ fate: 'restarts' }] }]);
  const again = await eventually(
    async () => {
      const task = await onlyTask(system, jobId);
      return task.status === 'Executing' && task.attempts.length === 2 && task;
    },
    { limitMs: ABORT_LIMIT_MS },
  );
  const reason = { cause: 'ServerRestart', abortId: abort.abortId };
  expect(again.attempts).toMatchObject([{ outcome: 'Interrupted', ...reason }, { attempt: 2 }]);
  expect(again.attempts[1]?.serverId).not.toBe(restarted.serverId);
  expect(msBetween(abort.servers[0]?.stoppedAt, again.attempts[1]?.startedAt)).toBeGreaterThanOrEqual(0);
  expect(await readEvents(system, jobId)).toContainEqual(
    expect.objectContaining({ type: 'TaskRestarting', taskId: 'only', attempt: 1, ...reason }),
  );
  await cancelJob(system, jobId);
  await untilFinal(system, jobId, 30_000);
  const ended = await onlyTask(system, jobId);
  expect(ended).toMatchObject({ status: 'Finished', failures: 0, maxRetries: 1 });
  expect(violatedAttempts(ended)).toEqual([]);
  await untilReplaced(system, abort.abortId);
});
