import { Contended, Refusal } from '#domain/errors';
import { baseOf, isAccepted, type Job } from '#domain/jobs/job';
import { mayRun } from '#domain/statuses';
import { startCancelTasks } from '#engine/aws/workflows';
import { nudgeForTasks } from '#engine/servers/nudge-servers';
import { dispatchOf, samePriority } from '#store/dispatch-keys';
import { changeJob } from '#store/jobs';

/** A lost round means that the job was held, cancelled or given another priority in between. */
const MAX_ROUNDS = 20;

/**
 * Ends the writing of the job's tasks when all of them exist: servers look at the job from this write on, if it may
 * run, and idle ones are nudged. If it was cancelled meanwhile, its tasks are passed over now. Several may call it at
 * once. 1 WCU, and 1 for the index dispatch.
 * @throws Refusal Unavailable if the job is no longer the caller's, because the writing took longer than the lease
 * @throws Contended after `MAX_ROUNDS`
 */
export async function endWriting(job: Job): Promise<Job> {
  let seen = job;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const ended = await changeJob(job.jobId, endOf(seen));
    if (ended.moved) {
      await follow(ended.job, job.taskCounts?.Ready);
      return ended.job;
    }
    const now = ended.job;
    if (now && now.writingUntil === undefined) return now;
    if (!now || (now.writingUntil !== job.writingUntil && !isAccepted(now))) throw tookTooLong();
    seen = now;
  }
  throw new Contended(`job ${job.jobId}`, MAX_ROUNDS);
}

async function follow(job: Job, tasks = 1): Promise<void> {
  // If this call dies before, the reaper starts the pass.
  if (job.status === 'Cancelling') await startCancelTasks(job);
  if (mayRun(job.status)) await nudgeForTasks(job.batchGroups, tasks);
}

/** 503 for a request that writes tasks and has lost its lease. */
export function tookTooLong(): Refusal {
  return new Refusal('Unavailable', 'Writing the tasks took too long; none was kept. Send the request again.');
}

/** The counts of a job that may run change with its tasks, so its record keeps only where they began. */
function endOf(seen: Job) {
  const countsBase = mayRun(seen.status) ? baseOf(seen.taskCounts) : undefined;
  return {
    set: { ...dispatchOf({ ...seen, writingUntil: undefined }), countsBase },
    remove: ['writingUntil', 'unwritten', ...(mayRun(seen.status) ? ['taskCounts'] : [])],
    when: [
      { attribute: 'status', in: [seen.status] },
      { attribute: 'writingUntil', in: [seen.writingUntil] },
      samePriority(seen),
    ],
  };
}
