/**
 * Cancel: one guarded write of the job is the acceptance; then a pass over its open tasks marks the started ones and drops
 * the others. The pass may die, run twice and be resumed: a refused write means that the task has changed, and it is done again.
 */
import { notFound, Refusal, wrongStatus } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { TASK_MOVES } from '#domain/moves';
import { isFinalTask } from '#domain/statuses';
import { taskSchema } from '#domain/tasks/task';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { putEvent } from '#store/events';
import { taskEndOf } from '#store/expiry';
import { inParallel } from '#store/in-parallel';
import { moveJob, setOnJob } from '#store/jobs';
import { heldOfJob } from '#store/reads/holdings';
import { openKeyPages } from '#store/reads/task-pages';
import { orderCancel } from '#store/servers';
import { keyOf, type TaskKey } from '#store/tasks';
import { completeJob } from './complete-job.ts';

const WRITES_AT_ONCE = 16;

/**
 * Accepts the cancel: from this write on no server starts a task of the job, and reads show what will be. At most 3 WCU,
 * whatever the number of tasks.
 * @throws Refusal NotFound, SystemJob, WrongStatus; TooManyRequests while it is being requeued
 */
export async function cancelJob(
  jobId: string,
  cancel: { requestedBy: string; requestedAt: string; reason?: string | undefined },
): Promise<Job> {
  const moved = await moveJob(jobId, 'cancel', {
    set: { cancel },
    when: [
      { attribute: 'system', in: [false] },
      { attribute: 'requeue', exists: false },
    ],
  });
  if (moved.moved) return moved.job;
  if (!moved.job) throw notFound('job', jobId);
  if (moved.job.system)
    throw new Refusal('SystemJob', 'This is a system job; system jobs cannot be cancelled.', { jobId });
  if (moved.job.requeue)
    throw new Refusal('TooManyRequests', 'The job is just being requeued; cancel it when its tasks are ready.', {
      jobId,
    });
  throw wrongStatus('job', 'cancelled', moved.job.status);
}

/** Marks what runs of the job on any live server and has it told, so that a large job's runs need not wait for the pass. */
export async function markRunning(job: Job): Promise<void> {
  for (const [serverId, held] of await heldOfJob(job.jobId)) {
    const running = held.filter((task) => task.run === job.run);
    await inParallel(running, WRITES_AT_ONCE, (task) => cancelTask(task, job.run));
    if (running.length > 0) await orderCancel(serverId, job);
  }
}

/**
 * Passes over the job's tasks until each is marked or final, then makes the final check; stops at the deadline.
 * True when it has come to the end; otherwise it is to be called again: what is done stays done.
 */
export async function passCancel(job: Job, deadlineMs: number): Promise<boolean> {
  const servers = new Set<string>();
  for await (const keys of openKeyPages(job)) {
    if (Date.now() >= deadlineMs) return false;
    await inParallel(keys, WRITES_AT_ONCE, async (key) => {
      const serverId = await cancelTask(key, job.run);
      if (serverId !== undefined) servers.add(serverId);
    });
  }
  for (const serverId of servers) await orderCancel(serverId, job);
  // Written by the request already, unless that died right after the acceptance.
  if (job.cancel)
    await putEvent(job.jobId, {
      at: job.cancel.requestedAt,
      type: 'JobCancelling',
      by: job.cancel.requestedBy,
      reason: job.cancel.reason,
    });
  const cancelPassedAt = new Date().toISOString();
  await setOnJob(job.jobId, { cancelPassedAt }, [
    { attribute: 'status', in: ['Cancelling'] },
    { attribute: 'run', in: [job.run] },
  ]);
  await completeJob(job.jobId, job);
  return true;
}

/**
 * Drops the task if it has not started, else marks it; gives the server that runs it. Ends when it is marked or final, or of a later run: a
 * pass may be overtaken by another one, and by a requeue after that.
 */
async function cancelTask(key: TaskKey, run: number): Promise<string | undefined> {
  const ofThisRun = { attribute: 'run', in: [run] };
  for (;;) {
    const dropped = await guardedWrite({
      table: 'tasks',
      key: keyOf(key),
      move: TASK_MOVES.drop,
      set: taskEndOf(new Date().toISOString()),
      remove: ['openKey', 'readyKey'],
      when: [ofThisRun],
    });
    if (dropped.applied) return undefined;
    const marked = await guardedWrite({
      table: 'tasks',
      key: keyOf(key),
      move: TASK_MOVES.markCancelling,
      when: [ofThisRun],
    });
    const task = marked.item && taskSchema.parse(marked.item);
    if (!task || task.run !== run || isFinalTask(task.status)) return undefined;
    if (task.status === 'Cancelling') return task.serverId;
  }
}
