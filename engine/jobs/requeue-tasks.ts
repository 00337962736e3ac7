/**
 * The pass over a requeued job's tasks: makes those in scope ready again. It may die, run twice and resume: a task with
 * the job's new run number is done. Servers see the job only at the end of the pass.
 */
import type { Job } from '#domain/jobs/job';
import { TASK_MOVES } from '#domain/moves';
import { isFinalTask } from '#domain/statuses';
import { readyKey, statusKey, type Task } from '#domain/tasks/task';
import { afterRequeue } from '#engine/after';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { taskExpiryOf } from '#store/expiry';
import { inParallel } from '#store/in-parallel';
import { findJob } from '#store/jobs';
import { taskPages } from '#store/reads/task-pages';
import { HELD, keyOf, openKey } from '#store/tasks';
import { cancelTasks } from './cancel-tasks.ts';

const WRITES_AT_ONCE = 16;
/** What a task has from its last run and loses with the next. */
const TASK_ENDED = ['endedAt', 'result', 'cause', 'abortId', 'expiresAt', ...HELD] as const;

/**
 * Passes over the job's tasks until each one in scope may run again, or is cancelled since. Stops at the deadline
 * (epoch milliseconds). True at the end of the pass; after false, the caller calls again: what is done stays done.
 * @throws Contended like `afterRequeue` and `cancelTasks`
 */
export async function requeueTasks(job: Job, deadlineMs: number): Promise<boolean> {
  for await (const tasks of taskPages(job)) {
    if (Date.now() >= deadlineMs) return false;
    await inParallel(tasks, WRITES_AT_ONCE, (task) => passTask(task, job));
  }
  if (!(await afterRequeue(job, deadlineMs))) return false;
  // A cancel that came during the pass left its own pass to this one.
  const now = await findJob(job.jobId);
  return now?.status !== 'Cancelling' || now.run !== job.run || cancelTasks(now, deadlineMs);
}

async function passTask(task: Task, job: Job): Promise<void> {
  if (isInScope(task, job)) await requeueTask(task, job);
  else if (isFinalTask(task.status) && task.run < job.run) await keepTask(task, job);
}

function isInScope(task: Task, job: Job): boolean {
  return isFinalTask(task.status) && task.run < job.run && (job.requeue?.scope === 'All' || task.status !== 'Finished');
}

async function requeueTask(task: Task, { run, startAt }: Job): Promise<void> {
  await guardedWrite({
    table: 'tasks',
    key: keyOf(task),
    move: TASK_MOVES[task.dependsOn ? 'requeueWaiting' : 'requeue'],
    set: {
      run,
      failures: 0,
      losses: 0,
      // The last attempt of a finished task is in what is removed here.
      attempts: task.attempts,
      openKey: openKey(task),
      readyKey: task.dependsOn ? statusKey(task, 'Waiting') : readyKey(task, startAt),
    },
    remove: TASK_ENDED,
    when: [{ attribute: 'run', in: [task.run] }],
  });
}

/**
 * A task that stays as it is joins the new run and is kept as long as the others: for its dependents and the counts.
 */
async function keepTask(task: Task, job: Job): Promise<void> {
  await guardedWrite({
    table: 'tasks',
    key: keyOf(task),
    set: { run: job.run, expiresAt: taskExpiryOf(job.requeue?.requestedAt ?? job.createdAt) },
    when: [
      { attribute: 'status', in: [task.status] },
      { attribute: 'run', in: [task.run] },
    ],
  });
}
