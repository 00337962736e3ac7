import type { Context } from 'aws-lambda';
import { z } from 'zod';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { getJob } from '#store/jobs';

/** Left for the reply when the function's own time runs out. */
const MARGIN_MS = 10_000;
const inputSchema = z.object({ jobId: z.string() });

/** State `CancelTasks` of `cancel-job`: passes over the job's tasks as long as its time lasts. Running it again goes on where it was. */
export async function handler(event: unknown, context: Context): Promise<{ jobId: string; done: boolean }> {
  const job = await getJob(inputSchema.parse(event).jobId);
  if (job.status !== 'Cancelling') return { jobId: job.jobId, done: true };
  const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS;
  return { jobId: job.jobId, done: await cancelTasks(job, deadlineMs) };
}
