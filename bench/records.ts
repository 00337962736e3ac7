/** Jobs of any size, written by the store alone: as many tasks as a request takes are far too few. */
import { ulid } from 'ulid';
import type { Job } from '#domain/jobs/job';
import { shardCount } from '#domain/jobs/shards';
import { newJob, newTasks } from '#domain/jobs/submission';
import { submitJobSchema } from '#domain/requests';
import { createJob } from '#store/jobs';
import { createTasks } from '#store/tasks';

const TASKS_PER_REQUEST = 10_000;

/** A job of this number of tasks, in a batch group of its own, so that a search finds it. */
export async function createRecords(count: number, more: Pick<Job, 'countsBase'> = {}): Promise<Job> {
  const now = new Date().toISOString();
  const jobId = ulid();
  const given = Array.from({ length: Math.min(count, TASKS_PER_REQUEST) }, () => ({ handler: 'echo' }));
  const request = submitJobSchema.parse({ name: 'bench', batchGroup: jobId, tasks: given });
  const job = newJob(request, { jobId, createdBy: 'bench', now, priority: 'Normal' });
  const sized = { ...job, taskTotal: count, shards: shardCount(count), ...more };
  for (let firstIndex = 0; firstIndex < count; firstIndex += TASKS_PER_REQUEST)
    await createTasks(newTasks(sized, request.tasks.slice(0, count - firstIndex), { firstIndex, now }));
  await createJob(sized);
  return sized;
}
