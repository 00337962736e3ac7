/**
 * The pass over a requeued job's tasks: makes those in scope ready again. It may die, run twice and resume: a task with
 * the job's new run number is done. Servers see the job only at the end of the pass.
 */
import type { Job } from '#domain/jobs/job';
import { shardKey, shardNumber } from '#domain/jobs/shards';
import { TASK_MOVES } from '#domain/status-moves';
import { isFinalTask } from '#domain/statuses';
import { readyKey, runMark, statusKey, type Task } from '#domain/tasks/task';
import { afterRequeue } from '#engine/after-end';
import { checkCounts } from '#engine/reaper/repair-counts';
import { noteFinished } from '#store/counts/tallies';
import { type BatchedChange, guardedWrites } from '#store/dynamodb/guarded-writes';
import { leaveOut } from '#store/dynamodb/parse-record';
import { taskExpiryOf } from '#store/expiry';
import { inParallel } from '#store/in-parallel';
import { findJob } from '#store/jobs';
import { tasksOfShard } from '#store/reads/task-pages';
import { keyOf, openKey } from '#store/tasks';
import { cancelTasks } from './cancel-tasks.ts';

/** Like the pass of a cancel. */
const SHARDS_AT_ONCE = 4;
/** What a task has from its last run and loses with the next, besides its server. */
const TASK_ENDED = ['endedAt', 'result', 'cause', 'abortId', 'waitingFor'] as const;
/** What the record of a finished task has instead of its last attempt. */
const LAST_ATTEMPT = ['claimId', 'startedAt', 'waitingFor'] as const;

/**
 * Passes over the job's tasks, several shards at once, until each one in scope may run again, or is cancelled since.
 * Stops at the deadline (epoch milliseconds). True at the end of the pass; after false, the caller calls again: what is
 * done stays done. 1 RCU for each 4 KB of tasks. 1 WCU for each KB of a task, and for its entries in the indexes 1 more
 * if a cancel had dropped it, 2 if it had Finished, 3 if it had ended in another way; none if it stays as it is. The
 * cost of `checkCounts` if another call was first with any; `quietMs` is how long that waits for other processes.
 * @throws Throttled; Contended like `afterRequeue` and `cancelTasks`
 */
export async function requeueTasks(job: Job, deadlineMs: number, quietMs?: number): Promise<boolean> {
  let [isInTime, isFirst] = [true, true];
  const shards = Array.from({ length: job.shards }, (_, shard) => shardKey(job.jobId, shard));
  await inParallel(shards, SHARDS_AT_ONCE, async (shardId) => {
    for await (const tasks of tasksOfShard(shardId)) {
      isInTime &&= Date.now() < deadlineMs;
      if (!isInTime) return;
      if (!(await passTasks(tasks, job))) isFirst = false;
    }
  });
  if (!isInTime) return false;
  // Another pass may have died before it had counted what it did.
  if (!isFirst) await checkCounts(job, quietMs).catch(leaveOut);
  if (!(await afterRequeue(job, deadlineMs))) return false;
  // A cancel that came during the pass left its own pass to this one.
  const now = await findJob(job.jobId);
  return now?.status !== 'Cancelling' || now.run !== job.run || cancelTasks(now, deadlineMs);
}

/** Passes over some tasks of the job like `requeueTasks`. False if another pass was first with any of them. */
export async function passTasks(tasks: readonly Task[], job: Job): Promise<boolean> {
  const old = tasks.filter((task) => isFinalTask(task.status) && task.run < job.run);
  const kept = old.filter((task) => job.requeue?.scope !== 'All' && task.status === 'Finished');
  const writes = await guardedWrites(
    old.map((task) => (kept.includes(task) ? keepTask(task, job) : requeueTask(task, job))),
  );
  // Also those that another pass has kept: it may have died before it had noted them.
  const finished = tasks.filter((task) => task.status === 'Finished' && (task.run === job.run || kept.includes(task)));
  for (const { shardId, taskId } of finished) noteFinished(job, { shard: shardNumber(shardId), taskId });
  return writes.every(({ applied }) => applied) && tasks.every(({ run }) => run < job.run);
}

function requeueTask(task: Task, { run, startAt }: Job): BatchedChange {
  // A task that a cancel dropped has kept its key. If it was never claimed, another key would cost 2 WCU for nothing.
  const mark = task.attempt > 0 ? runMark({ run }) : '';
  const held = task.status === 'Finished' ? LAST_ATTEMPT : [];
  const cleared = [...TASK_ENDED.filter((name) => task[name] !== undefined), 'expiresAt', ...held];
  return {
    table: 'tasks',
    key: keyOf(task),
    move: TASK_MOVES[task.dependsOn ? 'requeueWaiting' : 'requeue'],
    set: {
      run,
      failures: 0,
      losses: 0,
      // The last attempt of a finished task is in what is cleared here.
      attempts: task.attempts,
      openKey: openKey(task),
      readyKey: task.dependsOn ? statusKey(task, 'Waiting') : readyKey(task, startAt, mark),
      ...Object.fromEntries(cleared.map((name) => [name, null])),
    },
    // No index takes null as its key.
    remove: ['serverId'],
    when: [{ attribute: 'run', in: [task.run] }],
  };
}

/**
 * A task that stays as it is joins the new run and is kept as long as the others: for its dependents and the counts.
 */
function keepTask(task: Task, job: Job): BatchedChange {
  return {
    table: 'tasks',
    key: keyOf(task),
    set: { run: job.run, expiresAt: taskExpiryOf(job.requeue?.requestedAt ?? job.createdAt) },
    when: [
      { attribute: 'status', in: [task.status] },
      { attribute: 'run', in: [task.run] },
    ],
  };
}
