/** What a request leaves that crashes while it writes tasks. */

import { ulid } from 'ulid';
import type { Job } from '#domain/jobs/job';
import { newJob, newTasks } from '#domain/jobs/submission';
import { submitJobSchema } from '#domain/requests';
import { createJob, getJob, setOnJob } from '#store/jobs';
import { createTasks } from '#store/tasks';

const MINUTE_MS = 60_000;
const REQUEST = { handler: 'echo', maxRetries: 0, restartable: false, ignoreFailure: false };

/** Another request adds tasks to the job, for a minute from now. */
export async function holdForAnother(jobId: string): Promise<void> {
  await setOnJob(jobId, { addingUntil: new Date(Date.now() + MINUTE_MS).toISOString() }, []);
}

/** A request wrote the task `uncounted` and crashed before the job counted it; its time is over. */
export async function diedAdding(jobId: string): Promise<void> {
  const job = await getJob(jobId);
  const at = { firstIndex: job.taskTotal, now: new Date().toISOString() };
  await createTasks(newTasks(job, [{ ...REQUEST, taskId: 'uncounted' }], at));
  await setOnJob(jobId, { addingUntil: new Date(Date.now() - MINUTE_MS).toISOString() }, []);
}

/** A submission wrote the task `a` of its job and crashed before it was accepted; its time is over. */
export async function diedSubmitting(): Promise<Job> {
  const request = submitJobSchema.parse({ name: 'died', tasks: [{ ...REQUEST, taskId: 'a' }] });
  const now = new Date().toISOString();
  const job = newJob(request, { jobId: ulid(), createdBy: 'alice', now, priority: 'Normal' });
  await createJob({ ...job, writingUntil: new Date(Date.now() - MINUTE_MS).toISOString() });
  await createTasks(newTasks(job, request.tasks, { firstIndex: 0, now }));
  return job;
}
