import { ulid } from 'ulid';
import { Refusal } from '#domain/errors';
import type { Author } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { newCounts, newJob, newTasks } from '#domain/jobs/submission';
import type { SubmitJobRequest } from '#domain/requests';
import { tell } from '#engine/tell';
import { defaultPriorityOf, registerGroups } from '#store/groups';
import { createJob, getJob } from '#store/jobs';
import { reserveKey } from '#store/reservations';
import { createTasks } from '#store/tasks';

/**
 * Accepts a job with its tasks, all or nothing: the job's record is the acceptance and is written last. With a key, a
 * repeat returns the job of the first request. 3 WCU a task, 3 WCU for the job, 1 for its event.
 * @throws Refusal InvalidRequest, TooLarge; with a key IdempotencyKeyReused, and Unavailable if the submission takes
 * too long
 * @throws Throttled like `createTasks`
 */
export async function submitJob(request: SubmitJobRequest, author: Author, key?: string): Promise<Job> {
  const { by: createdBy, byName: createdByName, at: now } = author;
  const priority = request.priority ?? (await defaultPriorityOf(request.batchGroup));
  const job = newJob(request, { jobId: ulid(), createdBy, createdByName, now, priority });
  const tasks = newTasks(job, request.tasks, { firstIndex: 0, now });
  const { jobId } = job;
  const reserved = key === undefined ? undefined : await reserveKey({ user: createdBy, key, body: request, jobId });
  if (reserved && reserved.jobId !== jobId) return getJob(reserved.jobId);

  await createTasks(tasks, job.startAt);
  await registerGroups(job.batchGroups);
  // Told first, so that no job lacks the event of its submission. An event without a job does no harm.
  await tell([{ jobId, event: { ...author, type: 'JobSubmitted', name: job.name, tasks: tasks.length } }]);
  if (reserved && Date.now() > reserved.until)
    throw new Refusal('Unavailable', 'The submission took too long; send it again.');
  await createJob(job);
  return { ...job, taskCounts: newCounts(request.tasks) };
}
