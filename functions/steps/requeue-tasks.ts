import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { getJob } from '#store/jobs';

/** Left for the reply when the function's own time runs out. */
const MARGIN_MS = 10_000;
const inputSchema = z.object({ jobId: z.string() });

/** State `RequeueTasks` of `requeue-job`: makes tasks ready again as long as its time lasts. Running it again goes on where it was. */
export async function handler(event: unknown, context: Context): Promise<{ jobId: string; done: boolean }> {
  const job = await getJob(inputSchema.parse(event).jobId);
  if (!job.requeue) return { jobId: job.jobId, done: true };
  const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
  return { jobId: job.jobId, done: await requeueTasks(job, deadlineMs) };
}
