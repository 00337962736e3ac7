/** Records as the API shows them. */
import type { Abort } from '#domain/abort';
import { effectiveStatus } from '#domain/effective';
import type { Job } from '#domain/job';
import type { Server } from '#domain/server';
import type { Attempt, Task } from '#domain/task';
import { timelineOf } from '#domain/timeline';
import { readProgress } from '#store/abort-progress';
import { taskCountsOf } from '#store/counting';

/** A job with the counts of its tasks and how fresh they are. */
export async function jobView(job: Job) {
  const {
    batchGroups: _groups,
    shards: _shards,
    hasDependencies: _has,
    hasNamedTasks: _named,
    cancelPassedAt: _passed,
    addingUntil: _adding,
    dispatchGroup: _group,
    dispatchAt: _turn,
    expiresAt,
    ...shown
  } = job;
  // Kept in epoch seconds, as DynamoDB wants its expiries.
  const kept = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt * 1000).toISOString() };
  return { ...shown, ...kept, ...(await taskCountsOf(job)) };
}

/** A task in its effective status: what a cancel has decided shows at once. */
export function taskView(task: Task, job: Job) {
  const { shardId: _shard, claimId: _claim, dependents: _dependents, input, result, ...shown } = task;
  return {
    ...shown,
    status: effectiveStatus(task.status, job.status),
    input: input === undefined ? null : JSON.parse(input),
    ...(result === undefined ? {} : { result: JSON.parse(result) }),
    attempts: task.serverId === undefined ? task.attempts : [...task.attempts, runningAttempt(task, task.serverId)],
  };
}

/** A server with what it runs. */
export function serverView(server: Server, running: readonly Task[]) {
  const {
    cancelOrders: _cancels,
    stopOrders: _stops,
    closedAt: _closed,
    drainTokens: _drains,
    stopTokens: _tokens,
    stopAcceptedAt: _accepted,
    ...rest
  } = server;
  const { drainAborts, drainDeadline, ...shown } = rest;
  return {
    ...shown,
    ...(drainAborts && drainDeadline !== undefined
      ? { drain: { deadline: drainDeadline, aborts: [...drainAborts] } }
      : {}),
    running: running.map(({ jobId, taskId, status, startedAt }) => ({ jobId, taskId, status, startedAt })),
  };
}

/** An abort with what became of each task, or what it still waits for, how far each server is, and the timeline of it all. */
export async function abortView(abort: Abort) {
  const [tasks, bystanders, restarts] = await readProgress(abort);
  const { restarts: _restarts, serverIds: _serverIds, ...shown } = abort;
  return {
    ...shown,
    servers: restarts,
    tasks: tasks.map(({ shardId: _shard, claimId: _claim, outcome = 'Stopping', ...task }) => ({ ...task, outcome })),
    bystanders: bystanders.map(({ shardId: _shard, claimId: _claim, outcome = 'Running', ...task }) => ({
      ...task,
      outcome,
    })),
    timeline: timelineOf(abort, restarts),
  };
}

function runningAttempt(task: Task, serverId: string): Attempt {
  return { attempt: task.attempt, serverId, startedAt: task.startedAt ?? task.createdAt };
}
