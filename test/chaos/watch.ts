/** Looks at jobs while the trouble goes on: what is final stays so, and what a cancel has decided shows at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { jobReplySchema, taskReplySchema } from '#domain/replies';
import { isFinalJob, TASK_STATUSES } from '#domain/statuses';
import type { Api } from './api.ts';
import { type Job, listOf } from './records.ts';
import type { Trail } from './trail.ts';

const PAUSE_MS = 500;
const NEWEST_JOBS = 40;
/** What no task of a job is that was cancelled. */
const UNDECIDED = ['Waiting', 'Ready', 'Executing'] as const;

/** Watches until the signal says that it is enough. */
export async function watch(api: Api, trail: Trail, enough: AbortSignal): Promise<void> {
  const seen = new Map<string, Job>();
  while (!enough.aborted) {
    const sentMs = Date.now();
    const jobs = (await api.read(`/jobs?limit=${NEWEST_JOBS}`, listOf(jobReplySchema)))?.items ?? [];
    for (const job of jobs) {
      checkSums(trail, job);
      checkMove(trail, seen.get(job.jobId), job);
      checkCancelled(trail, job, sentMs);
      seen.set(job.jobId, job);
    }
    await watchTasks(
      api,
      trail,
      jobs.find(({ status }) => status === 'Cancelling'),
    );
    await sleep(PAUSE_MS);
  }
}

function checkSums(trail: Trail, job: Job): void {
  const sum = TASK_STATUSES.reduce((before, status) => before + (job.taskCounts[status] ?? 0), 0);
  if (sum !== job.taskTotal) trail.violate('The counts do not add up', { job, sum });
}

function checkMove(trail: Trail, before: Job | undefined, job: Job): void {
  if (!before) return;
  if (job.run < before.run) trail.violate('A job went back to an earlier run', { before, job });
  if (job.run !== before.run || before.status === job.status) return;
  const isLeft = isFinalJob(before.status) || (before.status === 'Cancelling' && job.status !== 'Cancelled');
  if (isLeft) trail.violate('A job left a status that it cannot leave', { before, job });
}

function checkCancelled(trail: Trail, job: Job, sentMs: number): void {
  const cancelled = trail
    .accepted('cancel')
    .some(({ id, run, answeredMs }) => id === job.jobId && run === job.run && answeredMs < sentMs);
  if (!cancelled) return;
  const isShown = job.status === 'Cancelling' || job.status === 'Cancelled';
  const undecided = UNDECIDED.filter((status) => (job.taskCounts[status] ?? 0) > 0);
  if (!isShown || undecided.length > 0) trail.violate('A cancel does not show', { job, undecided });
}

async function watchTasks(api: Api, trail: Trail, cancelling?: Job): Promise<void> {
  if (!cancelling) return;
  const { jobId, run } = cancelling;
  const tasks = (await api.read(`/jobs/${jobId}/tasks?limit=300`, listOf(taskReplySchema)))?.items ?? [];
  const job = await api.read(`/jobs/${jobId}`, jobReplySchema);
  if (job?.run !== run) return;
  for (const task of tasks) {
    const isUndecided = UNDECIDED.some((status) => status === task.status);
    if (isUndecided) trail.violate('A task of a cancelled job shows as if it were not', { cancelling, task });
  }
}
