import type { Job } from '#domain/jobs/job';
import { servesAny } from '#domain/servers/server';
import { mayRun } from '#domain/statuses';
import { settings } from '#engine/settings';
import { firstTurn } from '#store/dispatch-keys';

/** A server needs about this long to start: woken this much earlier, it is there at the start time. */
const WAKE_AHEAD_SECONDS = 60;

/** Whether the servers serve a group of the job, and its next task may start now or within a minute. */
export function needsServers(job: Job, now = new Date()): boolean {
  const soon = new Date(now.getTime() + WAKE_AHEAD_SECONDS * 1000).toISOString();
  const isDue = mayRun(job.status) && !job.requeue && (job.dispatchAt ?? firstTurn(job)) <= soon;
  return isDue && servesAny(settings().batchGroups, job.batchGroups);
}
