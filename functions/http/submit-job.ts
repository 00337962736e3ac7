import { ulid } from 'ulid';
import { Refusal } from '#domain/errors';
import { newCounts, newJob, newTasks } from '#domain/jobs/submission';
import { idempotencyKeySchema, type SubmitJobRequest } from '#domain/requests';
import type { Caller } from '#domain/roles';
import { checkSystemJob } from '#functions/middleware/authorize';
import { checked } from '#functions/middleware/parse';
import { byCaller, route } from '#functions/middleware/route';
import { jobView } from '#functions/views';
import { putEvent } from '#store/events';
import { defaultPriorityOf, registerGroups } from '#store/groups';
import { createJob, getJob } from '#store/jobs';
import { reserveKey } from '#store/reservations';
import { createTasks } from '#store/tasks';

/** `POST /jobs`: accepts a job with all its tasks. With an `Idempotency-Key`, a repeat returns the first job. */
export const handler = route('submit-job', async (call) => {
  checkSystemJob(call.body, call.caller, 'submit');
  const now = new Date().toISOString();
  const priority = call.body.priority ?? (await defaultPriorityOf(call.body.batchGroup));
  const job = newJob(call.body, { jobId: ulid(), createdBy: call.caller.user, now, priority });
  const tasks = newTasks(job, call.body.tasks, { firstIndex: 0, now });
  const reserved = await reserve(job.jobId, call);
  if (reserved.jobId !== job.jobId) return jobView(await getJob(reserved.jobId));

  await createTasks(tasks, job.startAt);
  await registerGroups(job.batchGroups);
  // The event comes first: every job has it. An event without a job does no harm.
  await putEvent(job.jobId, { at: now, type: 'JobSubmitted', ...byCaller(call), name: job.name, tasks: tasks.length });
  if (Date.now() > reserved.until) throw new Refusal('Unavailable', 'The submission took too long; send it again.');
  await createJob(job);
  return jobView({ ...job, taskCounts: newCounts(call.body.tasks) });
});

/** The id of this submission's job: its own, or that of the first submission with the same key. */
async function reserve(
  jobId: string,
  call: { caller: Caller; body: SubmitJobRequest; header(name: string): string | undefined },
) {
  const key = call.header('idempotency-key');
  if (key === undefined) return { jobId, until: Number.POSITIVE_INFINITY };
  const checkedKey = checked(idempotencyKeySchema, key, 'header.Idempotency-Key');
  return reserveKey({ user: call.caller.user, key: checkedKey, body: call.body, jobId });
}
