import type { Author } from '#domain/events';
import { type DryRun, dryRunOf } from '#domain/jobs/dry-run';
import { newJob, newTasks } from '#domain/jobs/submission';
import type { SubmitJobRequest } from '#domain/requests';
import { heardServers } from '#engine/servers/heard-servers';
import { defaultPriorityOf } from '#store/groups';

/** In place of the id that the job does not get. */
const NO_JOB_ID = 'dry-run';

/**
 * What a submission would become, and what no live server could run of it. It writes nothing. At most 1 RCU, and the
 * cost of `heardServers`.
 * @throws Refusal InvalidRequest, TooLarge like the submission itself
 */
export async function dryRunJob(request: SubmitJobRequest, { by, byName, at: now }: Author): Promise<DryRun> {
  const priority = request.priority ?? (await defaultPriorityOf(request.batchGroup));
  const job = newJob(request, { jobId: NO_JOB_ID, createdBy: by, createdByName: byName, now, priority });
  const tasks = newTasks(job, request.tasks, { firstIndex: 0, now });
  return dryRunOf(job, tasks, { servers: await heardServers(now), now });
}
