/**
 * Requeue: a final job runs again. One guarded write is the acceptance; then a pass makes its tasks ready again, and only then may servers see the
 * job. The pass may die, run twice and be resumed: a task that has the job's new run number is done.
 */
import { notFound, wrongStatus } from '#domain/errors';
import type { Job, RequeueScope } from '#domain/jobs/job';
import { TASK_MOVES } from '#domain/moves';
import { isFinalTask } from '#domain/statuses';
import { readyKey, type Task } from '#domain/tasks/task';
import { unlockWaiting } from '#engine/tasks/unlock-tasks';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { putEvent } from '#store/events';
import { taskExpiryOf } from '#store/expiry';
import { inParallel } from '#store/in-parallel';
import { findJob, moveJob } from '#store/jobs';
import { taskPages } from '#store/reads/task-pages';
import { keyOf } from '#store/tasks';
import { completeJob } from './complete-job.ts';
import { enterDispatch } from './offer-job.ts';

const WRITES_AT_ONCE = 16;
/** What a job and a task had of their last run and lose with the next. */
const JOB_ENDED = [
  'startedAt',
  'endedAt',
  'taskCounts',
  'cancel',
  'cancelPassedAt',
  'abortId',
  'expiresAt',
  'startAt',
  'unlockFrom',
] as const;
const TASK_ENDED = ['endedAt', 'result', 'cause', 'abortId', 'expiresAt'] as const;

/**
 * Accepts the requeue of a final job: `Waiting` from this write on.
 * @throws Refusal NotFound, WrongStatus
 */
export async function requeueJob(
  job: Job,
  requeue: { requestedBy: string; requestedAt: string; scope: RequeueScope },
): Promise<Job> {
  const moved = await moveJob(job.jobId, 'requeue', {
    set: { requeue, run: job.run + 1, phase: 'Open' },
    remove: JOB_ENDED,
    when: [{ attribute: 'run', in: [job.run] }],
  });
  if (moved.moved) return moved.job;
  if (!moved.job) throw notFound('job', job.jobId);
  throw wrongStatus('job', 'requeued', moved.job.status);
}

/** Passes over the job's tasks until each that is in scope may run again; true when it has come to the end, false at the deadline. */
export async function passRequeue(job: Job, deadlineMs: number): Promise<boolean> {
  for await (const tasks of taskPages(job)) {
    if (Date.now() >= deadlineMs) return false;
    await inParallel(tasks, WRITES_AT_ONCE, (task) => passTask(task, job));
  }
  await tellRequeue(job);
  if (job.hasDependencies && !(await unlockWaiting(job, deadlineMs))) return false;
  await endPass(job);
  return true;
}

async function passTask(task: Task, job: Job): Promise<void> {
  if (isInScope(task, job)) await requeueTask(task, job.run);
  else if (isFinalTask(task.status) && task.run < job.run) await keepTask(task, job);
}

/** What stays as it is belongs to the new run, and is to be there as long as the rest of it: for its dependents, and for the counts. */
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

function isInScope(task: Task, job: Job): boolean {
  return isFinalTask(task.status) && task.run < job.run && (job.requeue?.scope === 'All' || task.status !== 'Finished');
}

async function requeueTask(task: Task, run: number): Promise<void> {
  await guardedWrite({
    table: 'tasks',
    key: keyOf(task),
    move: TASK_MOVES[task.dependsOn ? 'requeueWaiting' : 'requeue'],
    set: {
      run,
      failures: 0,
      openKey: task.taskId,
      ...(task.dependsOn ? {} : { readyKey: readyKey(task) }),
    },
    remove: TASK_ENDED,
    when: [{ attribute: 'run', in: [task.run] }],
  });
}

/** Written by the request already, unless that died right after the acceptance. */
async function tellRequeue({ jobId, run, requeue }: Job): Promise<void> {
  if (!requeue) return;
  const { requestedBy: by, requestedAt: at, scope } = requeue;
  await putEvent(jobId, { at, type: 'JobRequeued', by, scope, run });
}

/** The job shows itself to the servers; a job of which nothing was in scope is at its end again. */
async function endPass(job: Job): Promise<void> {
  await guardedWrite({
    table: 'jobs',
    key: { jobId: job.jobId },
    remove: ['requeue'],
    when: [{ attribute: 'run', in: [job.run] }],
  });
  const now = await findJob(job.jobId);
  if (!now) return;
  await enterDispatch(now.jobId);
  await completeJob(now.jobId, now);
}
