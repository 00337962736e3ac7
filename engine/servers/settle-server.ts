/** Settlement: what a stopped server held is ended or made ready again, and the jobs concerned are looked at. */
import type { Job } from '#domain/jobs/job';
import { shardNumber } from '#domain/jobs/shards';
import type { Fate, StopCause } from '#domain/tasks/settlement';
import type { Task } from '#domain/tasks/task';
import { completeJob } from '#engine/jobs/complete-job';
import { enterDispatch } from '#engine/jobs/offer-job';
import { settleTask } from '#engine/tasks/claim-task';
import { unlockDependents } from '#engine/tasks/unlock-tasks';
import { completeAbort } from '#store/aborts';
import { putEvent } from '#store/events';
import { findJob } from '#store/jobs';
import { heldTasks } from '#store/tasks';

type Why = { readonly cause: StopCause; readonly abortId?: string | undefined };

/**
 * Settles what a server held whose stop is proven and whose record says so. Once is not enough: the index may lag behind, and a claim in
 * flight may land later; so it looks until it finds nothing, and the reaper comes back once more.
 */
export async function settleServer(serverId: string, why: Why): Promise<void> {
  for (let held = await heldTasks(serverId); held.length > 0; held = await heldTasks(serverId)) {
    for (const task of held) await settleHeldTask(task, why);
  }
}

/** Settles one task that its server holds no more: the task, its dependents, its job. Repeating it does no harm. */
async function settleHeldTask(task: Task, why: Why): Promise<void> {
  const fate = await endByForce(task, why);
  const job = await findJob(task.jobId);
  if (!job) return;
  if (fate === 'restart') await enterDispatch(job.jobId);
  await followEnd(job, task);
  if (job.abortId !== undefined) await completeAbort(job.abortId);
}

/** Settles one task in its own record and its job's events, and no more; says what was done, if its claim still held it. */
export async function endByForce(task: Task, why: Why, now = new Date().toISOString()): Promise<Fate | undefined> {
  const fate = await settleTask(task, { ...why, now });
  if (!fate) return undefined;
  const { jobId, taskId, attempt, serverId } = task;
  await putEvent(jobId, { at: now, type: `Task${FATE_EVENTS[fate]}`, taskId, attempt, serverId, ...why }, taskId);
  return fate;
}

/** What follows the end of a task: its dependents are unlocked, and its job may be at its end. 1 RCU for a task without dependents. */
export async function followEnd(job: Job, task: Task): Promise<void> {
  if (task.dependents) await unlockDependents(job, task);
  await completeJob(job.jobId, { shards: job.shards, shard: shardNumber(task.shardId) });
}

const FATE_EVENTS = { restart: 'Restarting', interrupt: 'Interrupted', stop: 'Stopped' } as const;
