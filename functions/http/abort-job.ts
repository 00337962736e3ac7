import { ulid } from 'ulid';
import type { Abort } from '#domain/abort';
import { Refusal } from '#domain/errors';
import { addsHarm, harmsOf, type Plan } from '#domain/plan';
import { abortJobSchema, jobPathSchema, nothing } from '#domain/requests';
import { isFinalAbort } from '#domain/statuses';
import type { Task } from '#domain/task';
import { planFor } from '#functions/abort-rules';
import { byCaller, reply, route } from '#functions/middleware';
import { abortView } from '#functions/views';
import { createAbort, findAbort, orderAbort, toAbortedTask } from '#store/aborts';
import { putEvent } from '#store/events';
import { getJob } from '#store/jobs';
import { confirmedHarms, rememberPlan } from '#store/plans';

const MAX_ROUNDS = 5;

/** `POST /jobs/{jobId}/abort`: does the confirmed plan. While an abort of the job is under way, the answer is that abort. */
export const handler = route(
  'abort-job',
  { path: jobPathSchema, query: nothing, body: abortJobSchema },
  async (call) => {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const standing = await abortUnderWay(call.path.jobId);
      if (standing) return reply(202, await abortView(standing));
      const { job, plan, tasks } = await planFor(call.path.jobId);
      await checkConfirmed(plan, call.body.planId);
      const abort = newAbort(plan, tasks, { requestedBy: call.caller.user, reason: call.body.reason });
      // Lost to another abort, or the job has just ended: look again.
      if (!(await createAbort(job, abort))) continue;
      await putEvent(job.jobId, {
        at: abort.requestedAt,
        type: 'AbortRequested',
        ...byCaller(call),
        reason: abort.reason,
        abortId: abort.abortId,
      });
      await orderAbort(abort);
      return reply(202, await abortView(abort));
    }
    throw new Refusal('TooManyRequests', 'Others are aborting this job at the same moment; read the plan again.');
  },
);

async function abortUnderWay(jobId: string): Promise<Abort | undefined> {
  const { abortId } = await getJob(jobId);
  const abort = abortId === undefined ? undefined : await findAbort(abortId);
  return abort && !isFinalAbort(abort.status) ? abort : undefined;
}

/** More harm than was confirmed is refused, with the plan as it is now; less goes ahead. */
async function checkConfirmed(plan: Plan, planId: string): Promise<void> {
  const confirmed = plan.planId === planId ? harmsOf(plan) : await confirmedHarms(plan.jobId, planId);
  if (confirmed && !addsHarm(confirmed, harmsOf(plan))) return;
  await rememberPlan(plan);
  throw new Refusal(
    'PlanChanged',
    'The abort would now do more than the plan that was confirmed; read this plan and confirm it.',
    { plan },
  );
}

function newAbort(plan: Plan, tasks: readonly Task[], request: { requestedBy: string; reason: string }): Abort {
  const requestedAt = new Date().toISOString();
  return {
    abortId: ulid(),
    jobId: plan.jobId,
    mode: plan.mode,
    status: 'Stopping',
    ...request,
    requestedAt,
    tasks: tasks.map(toAbortedTask),
    timeline: [{ at: requestedAt, type: 'Requested', by: request.requestedBy }],
  };
}
