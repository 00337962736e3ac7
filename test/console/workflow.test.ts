/** Where an abort is in its workflow, and what is around a task: what the console draws, without a browser. */
import { expect, test } from '@jest/globals';
import { addedBy, byHarm } from '#console/abort-plan/harm.ts';
import { proofOf } from '#console/aborts/proof.ts';
import type { Abort, Job, Plan } from '#console/api/types.ts';
import { neighboursOf } from '#console/graph/neighbours.ts';
import { effectOfCancel, sentenceOf } from '#console/job/sentence.ts';
import { factsOf } from '#console/parts/words.ts';
import { type Standing, standingsOf } from '#console/workflow/standing.ts';
import { STATES, STOP_TIMEOUT_SECONDS } from '#console/workflow/workflow.ts';
import { noTasks } from '#domain/jobs/job';

const AT = '2026-01-01T00:00:00.000Z';
const NOW_MS = Date.parse(AT) + 1_000;

const abort: Abort = {
  abortId: 'a',
  jobId: 'j',
  run: 1,
  mode: 'server',
  status: 'Draining',
  requestedBy: 'alice',
  reason: 'it hangs',
  requestedAt: AT,
  drainSeconds: 900,
  servers: [],
  tasks: [],
  bystanders: [],
  timeline: [],
  actions: { withdraw: true },
};
const draining = { serverId: 'd', status: 'Draining', drainingAt: AT } as const;
const stopping = { serverId: 's', status: 'Stopping', drainingAt: AT, stopRequestedAt: AT } as const;
const settled = { ...stopping, serverId: 'z', status: 'Stopped', stoppedAt: AT, settledAt: AT } as const;

/** The names of the states with that progress. */
function names(standings: ReadonlyMap<string, Standing>, progress: Standing['progress']): string[] {
  return [...standings].flatMap(([name, standing]) => (standing.progress === progress ? [name] : []));
}

test('The drawn workflow is the one that is deployed: from the drain to the end, and what catches a fault', () => {
  const after = new Map(STATES.map((state) => [state.name, state]));
  expect(after.get('StopServer')?.after).toEqual(['DrainServer']);
  expect(after.get('CompleteAbort')).toMatchObject({ after: ['SettleServer', 'SpareServer'], afterFault: [] });
  expect(after.get('DrainServer')).toMatchObject({ within: 'RestartServers', afterFault: ['StopServer'] });
  expect(after.get('FailAbort')?.afterFault).toEqual(['FailRestart', 'CompleteAbort']);
});

test('Each server is in a state of its own, and an abort completes when all have ended', () => {
  const standings = standingsOf({ ...abort, servers: [draining, stopping, settled] }, NOW_MS);
  expect(standings.get('DrainServer')).toEqual({ progress: 'current', serverIds: ['d'] });
  expect(standings.get('StopServer')).toEqual({ progress: 'current', serverIds: ['s'] });
  expect(names(standings, 'passed')).toEqual(['SettleServer']);
  expect(names(standingsOf({ ...abort, servers: [settled] }, NOW_MS), 'current')).toEqual(['CompleteAbort']);
});

test('A stop that no event proves in time is looked for in ECS', () => {
  const standings = standingsOf({ ...abort, servers: [stopping] }, NOW_MS + STOP_TIMEOUT_SECONDS * 1_000);
  expect(names(standings, 'current')).toEqual(['FindStopProof']);
});

test('An abort that has ended is nowhere, and one that failed shows at which step', () => {
  const completed = standingsOf({ ...abort, status: 'Completed', servers: [settled] }, NOW_MS);
  expect(names(completed, 'current')).toEqual([]);
  expect(names(completed, 'passed')).toContain('Completed');
  const failure = { step: 'StopServer', reason: 'AccessDenied' };
  const failed = standingsOf({ ...abort, status: 'Failed', failure, servers: [stopping] }, NOW_MS);
  expect(names(failed, 'failed')).toEqual(['StopServer']);
  expect(names(failed, 'passed')).toEqual(['DrainServer', 'FailRestart', 'FailAbort', 'Failed']);
});

test('An abort that was withdrawn has passed no success, and its proof names who took it back and why, in words', () => {
  const withdrawn: Abort = {
    ...abort,
    status: 'Withdrawn',
    withdraw: { by: 'u-7', byName: 'bob', at: AT, reason: 'it ended' },
    servers: [{ ...draining, withdrawnAt: AT }],
    tasks: [{ jobId: 'j', taskId: 't', serverId: 'd', attempt: 1, outcome: 'NotStopped' }],
    bystanders: [{ jobId: 'p', taskId: 'b', serverId: 'd', attempt: 1, outcome: 'Undisturbed', fate: 'fails' }],
  };
  const standings = standingsOf(withdrawn, NOW_MS);
  expect(names(standings, 'passed')).toEqual(['DrainServer', 'SpareServer']);
  expect(names(standings, 'withdrawn')).toEqual(['CompleteAbort', 'Completed']);
  expect(proofOf(withdrawn)).toEqual(
    expect.arrayContaining([
      { what: 'Withdrawal', proof: `asked for by bob at ${AT}: it ended` },
      { what: 'Task t', proof: 'was not stopped, on server d' },
      { what: 'Bystander b of job p', proof: 'promised: ends in time, or fails; became: goes on undisturbed' },
    ]),
  );
});

test('The neighbourhood of a task goes both ways up to a distance, and the nearest are shown', () => {
  const chain = ['a', 'b', 'c', 'd', 'e'].map((taskId, index, all) => ({
    taskId,
    dependsOn: all
      .slice(Math.max(0, index - 1), index)
      .map((needed) => ({ taskId: needed, expected: 'Finished' as const })),
  }));
  const ids = (distance: number, most = 10) => {
    const { tasks, left } = neighboursOf(chain, 'c', { distance, most });
    return { ids: tasks.map(({ taskId }) => taskId), left };
  };
  expect(ids(1)).toEqual({ ids: ['c', 'b', 'd'], left: 0 });
  expect(ids(2)).toEqual({ ids: ['c', 'b', 'd', 'a', 'e'], left: 0 });
  expect(ids(2, 3)).toEqual({ ids: ['c', 'b', 'd'], left: 2 });
  expect(neighboursOf(chain, 'nowhere', { distance: 1, most: 10 }).tasks).toEqual([]);
});

test('A plan adds harm only where more is harmed: a bystander that has ended is no news', () => {
  const bystander = (taskId: string, fate: 'fails' | 'restarts' = 'restarts') =>
    ({ taskId, serverId: 's', startedAt: AT, handler: 'sleep', status: 'Executing', fate }) as const;
  const plan = (...tasks: ReturnType<typeof bystander>[]): Plan => ({
    planId: 'p',
    jobId: 'j',
    mode: 'server',
    drainSeconds: 900,
    tasks: [],
    servers: [{ serverId: 's', executing: tasks.length, cancelling: 0 }],
    disruptedJobs: [{ jobId: 'pay', name: 'Payroll', createdBy: 'bob', tasks }],
    warnings: [],
  });
  const read = plan(bystander('a'), bystander('b'));
  expect(addedBy(read, plan(bystander('b'))).isEmpty).toBe(true);
  const worse = plan(bystander('a'), bystander('b', 'fails'));
  const added = addedBy(read, worse);
  expect(added.concerns('job', 'pay')).toBe(true);
  expect(added.concerns('server', 's')).toBe(false);
  expect(byHarm(worse.disruptedJobs, added).map(({ taskId }) => taskId)).toEqual(['b', 'a']);
  expect(addedBy(read, { ...read, mode: 'task' }).isEmpty).toBe(false);
});

test('The facts of an event are words, also those of disrupted tasks', () => {
  const tasks = [
    { taskId: 'read', fate: 'fails' },
    { taskId: 'sort', fate: 'restarts' },
  ];
  expect(factsOf({ at: AT, type: 'DisruptedByAbort', reason: 'it hangs', tasks })).toBe(
    'reason: it hangs, tasks: read (may fail); sort (may run again)',
  );
});

test('The facts of an event stand in one order, whatever order its record has', () => {
  const tasks = [
    { fate: 'fails', taskId: 'south' },
    { taskId: 'west', fate: 'fails' },
  ];
  expect(factsOf({ tasks, from: '::1', after: true, feature: 'EnhancedBatchAbort', before: false })).toBe(
    'feature: EnhancedBatchAbort, before: false, after: true, from: ::1, tasks: south (may fail); west (may fail)',
  );
});

test('Of a cancelled job one reads what became of each task, and before a cancel what it would do', () => {
  const none = noTasks();
  const told = { status: 'Cancelled', taskTotal: 6, cancel: { requestedBy: 'alice', requestedAt: AT } } as const;
  const cancelled = (taskCounts: Job['taskCounts']) => sentenceOf({ ...told, endedAt: AT, taskCounts });
  expect(cancelled({ ...none, Cancelled: 1, NotRun: 1 })).toMatch(
    /^Cancelled by alice, ended at .*: 1 task was stopped by force, 1 task never ran\.$/,
  );
  expect(cancelled({ ...none, Finished: 1, Error: 2, Cancelled: 3 })).toMatch(
    /: 1 task finished, 2 tasks failed, 3 tasks were stopped by force\.$/,
  );
  expect(effectOfCancel({ ...none, Ready: 1, Executing: 1 })).toBe(
    '1 task will not run. 1 running task is told to end; it is not stopped by force.',
  );
  expect(effectOfCancel({ ...none, Waiting: 1, Ready: 2 })).toBe('3 tasks will not run. No task is running.');
});
