import { Attempts } from '#engine/reaper/attempts';
import { reap } from '#engine/reaper/reap';
import { logger } from '#functions/logger';
import { publish } from '#functions/metrics';
import { schedule } from '#functions/middleware/base';

const attempts = new Attempts(logger);

/** Completes what a crash left half done: lost servers, jobs and aborts. */
export const handler = schedule('reap', () => reap({ attempts, publish }));
