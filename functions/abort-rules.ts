/** What must hold before an abort is planned or done. */
import { Refusal, wrongStatus } from '#domain/errors';
import type { Job } from '#domain/job';
import type { Plan } from '#domain/plan';
import type { Task } from '#domain/task';
import { isEnabled } from '#store/features';
import { getJob } from '#store/jobs';
import { makePlan } from '#store/plans';
import { configuration } from './configuration.ts';

/**
 * The plan of the job's abort as of now, in the mode that the feature switch says.
 * @throws Refusal NotFound, WrongStatus unless the job is Cancelling, NothingToAbort when no task of it runs
 */
export async function planFor(jobId: string): Promise<{ job: Job; plan: Plan; tasks: Task[] }> {
  const job = await getJob(jobId);
  if (job.status !== 'Cancelling') throw wrongStatus('job', 'aborted', job.status);
  const mode = (await isEnabled('EnhancedBatchAbort')) ? 'server' : 'task';
  const { plan, tasks } = await makePlan(job, { mode, drainSeconds: configuration().drainSeconds });
  if (plan.tasks.length === 0) {
    throw new Refusal('NothingToAbort', 'No task of this job is running any more: it ends by itself.', {
      jobId,
      status: job.status,
    });
  }
  return { job, plan, tasks };
}
