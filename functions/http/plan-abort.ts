import { planAbort } from '#engine/aborts/plan-abort';
import { route } from '#functions/middleware/route';

/** `GET /jobs/{jobId}/abort-plan`: what an abort of the job would do now. Confirm it by its `planId`. */
export const handler = route('plan-abort', async ({ path }) => planAbort(path.jobId));
