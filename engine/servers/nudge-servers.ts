/** Tells idle servers that there are tasks to claim. Whatever becomes of that, they also look by themselves. */

import type { Job } from '#domain/jobs/job';
import { embedded } from '#domain/measures';
import { servesAny } from '#domain/servers/server';
import { hasNudges, sendNudges } from '#engine/aws/nudges';
import { settings } from '#engine/settings';
import { withDeadline } from '#store/dynamodb/deadline';

/** SQS takes no more messages in one request. Servers that fill up nudge the next ones. */
const MAX_NUDGES = 10;
/** The caller's act waits no longer. A request starts within the first third. */
const LIMIT_MS = 1_500;
/** A nudged server looks again and again for longer than this. */
const OFFER_PERIOD_MS = 100;

type Offered = Pick<Job, 'jobId' | 'batchGroups'>;

let lastOffer = { jobId: '', atMs: 0 };

/**
 * Nudges as many idle servers as this number of tasks needs, unless no server serves their groups. For functions, which
 * know the fleet. One request of SQS; never fails.
 */
export async function nudgeForTasks(batchGroups: readonly string[], tasks: number): Promise<void> {
  if (!hasNudges() || !servesAny(settings().batchGroups, batchGroups)) return;
  await nudgeServers(batchGroups, Math.max(1, Math.ceil(tasks / settings().slots)));
}

/**
 * Nudges one idle server for a new Ready task of the job. Offers of a job soon after each other count as one: a long
 * chain of tasks makes one with each end. One request of SQS; never fails.
 */
export async function nudgeForOffer({ jobId, batchGroups }: Offered): Promise<void> {
  const atMs = Date.now();
  if (jobId === lastOffer.jobId && atMs - lastOffer.atMs < OFFER_PERIOD_MS) return;
  lastOffer = { jobId, atMs };
  await nudgeServers(batchGroups);
}

/** Nudges idle servers that serve these batch groups, 10 at most. One request of SQS; never fails. */
export async function nudgeServers(batchGroups: readonly string[], servers = 1): Promise<void> {
  if (!hasNudges()) return;
  try {
    const count = Math.min(MAX_NUDGES, servers);
    await withDeadline(Date.now() + LIMIT_MS, () => sendNudges(batchGroups, count));
  } catch (error) {
    report(error);
  }
}

/** One JSON line on standard error, from which CloudWatch makes a metric. */
function report(error: unknown): void {
  const now = new Date();
  const line = {
    at: now.toISOString(),
    message: 'No server could be nudged; they find the tasks a little later.',
    error: String(error),
    service: process.env.POWERTOOLS_SERVICE_NAME,
    ...embedded({ NudgesLost: 1 }, now.getTime()),
  };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
