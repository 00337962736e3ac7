import { ulid } from 'ulid';
import { Refusal } from '#domain/errors';
import { type Requester, withRequest } from '#domain/jobs/idempotency';
import type { Job } from '#domain/jobs/job';
import { newCounts, newJob, newTasks } from '#domain/jobs/submission';
import type { SubmitJobRequest } from '#domain/requests';
import type { Task } from '#domain/tasks/task';
import { endWriting, tookTooLong } from '#engine/submissions/end-writing';
import { landingEnd, leaseEnd } from '#engine/submissions/lease';
import { leaveTasks, startWriting } from '#engine/submissions/leave-tasks';
import { requestEndMs, writeInTime } from '#engine/submissions/write-in-time';
import { tell } from '#engine/tell-events';
import { defaultPriorityOf, registerGroups } from '#store/groups';
import { changeJob, createJob, getJob, stopWriting } from '#store/jobs';
import { reserveKey } from '#store/submissions/reservations';

/**
 * Accepts a job with its tasks, all or nothing. The record of the job comes first, under a lease, so that whatever a
 * crash leaves has an owner. Tasks that cannot be written in the time of a request are left to a workflow. With a key,
 * a repeat returns the job of the first request. 3 WCU a task, 4 WCU for the job, 1 for its event.
 * @throws Refusal InvalidRequest, TooLarge; Unavailable if the submission takes too long; with a key
 * IdempotencyKeyReused
 * @throws OutOfTime, Throttled if the tables are too busy even to keep the tasks
 */
export async function submitJob(request: SubmitJobRequest, { once, ...author }: Requester): Promise<Job> {
  const { by: createdBy, byName: createdByName, at: now } = author;
  const priority = request.priority ?? (await defaultPriorityOf(request.batchGroup));
  const job = newJob(request, { jobId: ulid(), createdBy, createdByName, now, priority });
  const tasks = newTasks(job, request.tasks, { firstIndex: 0, now });
  const { jobId } = job;
  const reserved = once && (await reserveKey({ once, jobId }));
  if (reserved && reserved.jobId !== jobId) {
    once?.noteRepeat?.();
    return getJob(reserved.jobId);
  }

  await registerGroups(job.batchGroups);
  // Told first, so that no job lacks the event of its submission. An event without a job does no harm.
  await tell([{ jobId, event: { ...author, type: 'JobSubmitted', name: job.name, tasks: tasks.length } }]);
  if (reserved && Date.now() > reserved.until)
    throw new Refusal('Unavailable', 'The submission took too long; send it again.');
  const taskCounts = newCounts(request.tasks);
  const keptRequests = once && withRequest(job, once);
  const writing = { ...job, taskCounts, keptRequests, writingUntil: leaseEnd() };
  return { ...(await acceptJob(writing, tasks)), taskCounts };
}

/** Whatever fails before the job is accepted ends the lease soon: what was written is removed, and the key is free. */
async function acceptJob(job: Job, tasks: readonly Task[]): Promise<Job> {
  await createJob(job);
  try {
    const left = await writeInTime(job, tasks, requestEndMs());
    return left.length === 0 ? await endWriting(job) : await leave(job, left);
  } catch (error) {
    // If this fails, too, the lease ends by itself.
    await stopWriting(job, landingEnd()).catch(() => undefined);
    throw error;
  }
}

async function leave(job: Job, tasks: readonly Task[]): Promise<Job> {
  const accepted = await changeJob(job.jobId, {
    set: await leaveTasks(job, tasks),
    when: [{ attribute: 'writingUntil', in: [job.writingUntil] }],
  });
  if (!accepted.moved) throw tookTooLong();
  await startWriting(accepted.job);
  return accepted.job;
}
