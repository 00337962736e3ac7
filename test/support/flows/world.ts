/** The world in which the flows start their systems. */
import { z } from 'zod';

/** Whether it has AWS's limits and manners: LASTCALL_TEST_WORLD is `like-aws`, or it is not set. */
export const IS_LIKE_AWS = z.enum(['like-aws']).optional().parse(process.env.LASTCALL_TEST_WORLD) !== undefined;
