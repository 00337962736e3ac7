/** Wakes the fleet for a job that a function has accepted. */
import type { Job } from '#domain/jobs/job';
import { needsServers } from '#engine/servers/needs-servers';
import { wakeFleet } from '#engine/servers/wake-fleet';
import { logger } from './logger.ts';

/** The job is accepted, whatever becomes of the wake: what fails here is logged, and the reaper wakes the fleet. */
export async function wakeFor(job: Job): Promise<void> {
  if (!needsServers(job)) return;
  try {
    const tasks = job.taskCounts?.Ready ?? 1;
    if (await wakeFleet(tasks)) logger.info('The fleet was woken.', { jobId: job.jobId, tasks });
  } catch (error) {
    logger.warn('The fleet could not be woken; the reaper tries again.', { jobId: job.jobId, error });
  }
}
