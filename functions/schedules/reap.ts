import { Attempts } from '#engine/reaper/attempts';
import { reap } from '#engine/reaper/reap';
import { logger } from '#functions/logger';
import { publish } from '#functions/metrics';

const attempts = new Attempts(logger);

/** Brings to an end what nobody else does: lost servers, and the jobs and aborts that a crash left half done. */
export async function handler(): Promise<void> {
  await reap({ attempts, publish });
}
