/** What the reaper sees of the open jobs as it passes over them, for operators and for the scaling of the fleet. */
import type { Job } from '#domain/jobs/job';
import { servedAmong } from '#domain/servers/server';
import { needsServers } from '#engine/servers/needs-servers';
import { settings } from '#engine/settings';
import { countReadyTasks } from '#store/reads/backlog';
import type { Backlog } from '#store/reaper-rounds';

/**
 * Adds the job to the backlog. Ready tasks count only if servers look at the job by now, at most `MAX_READY_COUNTED` of
 * each job; for a wake of the fleet, also those whose turn comes within a minute, but only in groups that it serves.
 */
export async function observe(job: Job, backlog: Backlog): Promise<void> {
  const [isSeen, wakes] = [isSeenByServers(job), job.dispatchAt !== undefined && needsServers(job)];
  const ready = isSeen || wakes ? await countReadyTasks(job) : 0;
  const served = wakes ? await countServed(job, ready) : 0;
  // Added after the await, because other jobs are observed at the same time.
  if (isSeen) backlog.ReadyTasks += ready;
  backlog.wakingTasks += served;
  if (job.status !== 'Cancelling' || !job.cancel) return;
  const seconds = (Date.now() - Date.parse(job.cancel.requestedAt)) / 1000;
  backlog.OldestCancellingSeconds = Math.max(backlog.OldestCancellingSeconds, seconds);
}

/** Of `ready` tasks, those that the fleet can run: the others would keep it awake for nothing. */
async function countServed(job: Job, ready: number): Promise<number> {
  const served = servedAmong(settings().batchGroups, job.batchGroups);
  return served.length === job.batchGroups.length ? ready : await countReadyTasks(job, served);
}

function isSeenByServers({ dispatchAt }: Job): boolean {
  return dispatchAt !== undefined && dispatchAt <= new Date().toISOString();
}
