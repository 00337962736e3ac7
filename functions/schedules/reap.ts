import { BoundedWork } from '#engine/reaper/bounded-work';
import { reap } from '#engine/reaper/reap';
import { logger } from '#functions/logger';
import { publish } from '#functions/measures';
import { schedule } from '#functions/middleware/base';

const boundedWork = new BoundedWork(logger);

/** Completes what a crash left half done: lost servers, jobs and aborts. */
export const handler = schedule('reap', () => reap({ boundedWork, publish }));
