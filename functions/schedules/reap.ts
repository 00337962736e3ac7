import { reap } from '#engine/reaper/reap';
import { TimedWork } from '#engine/reaper/timed-work';
import { logger } from '#functions/logger';
import { publish } from '#functions/measures';
import { schedule } from '#functions/middleware/base';

const timedWork = new TimedWork(logger);

/** Completes what a crash left half done: lost servers, jobs and aborts. */
export const handler = schedule('reap', () => reap({ timedWork, publish }));
