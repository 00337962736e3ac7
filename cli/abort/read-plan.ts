/** Reads the plan of an abort. */

import { EXIT, Stopped } from '#cli/exit-codes';
import type { Session } from '#cli/session';
import { type Plan, Refused } from '#client/client';
import { ONGOING_JOB_STATUSES } from '#domain/statuses';

/** @throws Stopped when the job must be cancelled before, with the command that does it */
export async function readPlan({ client }: Session, jobId: string): Promise<Plan> {
  try {
    return await client.call('GET /jobs/{jobId}/abort-plan', { path: { jobId } });
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'WrongStatus' && isOngoing(error))) throw error;
    throw new Stopped(`${error.code}: ${error.message}`, {
      exitCode: EXIT.refused,
      next: `lastcall cancel ${jobId} --reason TEXT`,
    });
  }
}

function isOngoing({ problem }: Refused): boolean {
  return ONGOING_JOB_STATUSES.some((status) => status === problem.currentStatus);
}
