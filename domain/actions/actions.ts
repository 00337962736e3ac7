/** What the caller may do to a job or an abort now, and why not what it may not: in the words of the API's refusals. */
import * as z from 'zod';
import type { Abort } from '#domain/aborts/abort';
import { ERROR_STATUS, type Refusal, wrongStatus } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import type { Caller, Role } from '#domain/roles';
import { type Access, refuseJob, refuseRole } from './access.ts';
import { JOB_RULES, refuseVerb } from './job-rules.ts';

const actionSchema = z.union([
  z.literal(true),
  z.object({ code: z.enum(Object.keys(ERROR_STATUS)), reason: z.string() }),
]);
/** Whether something may be done now: true, or the code and the reason of its refusal. */
type Action = z.infer<typeof actionSchema>;

export const jobActionsSchema = z.object({
  cancel: actionSchema,
  hold: actionSchema,
  release: actionSchema,
  requeue: actionSchema,
  setPriority: actionSchema,
  addTasks: actionSchema,
  abort: actionSchema,
});
/** What the caller may do to a job. `abort` is also the plan of one. */
type JobActions = z.infer<typeof jobActionsSchema>;

export const abortActionsSchema = z.object({ withdraw: actionSchema });
/** What the caller may do to an abort. */
type AbortActions = z.infer<typeof abortActionsSchema>;

/** What the caller may do to a feature or a batch group. */
export const settingActionsSchema = z.object({ change: actionSchema });

/** Who may withdraw an abort. */
export const WITHDRAW_ACCESS = { role: 'BatchJobManager' } as const satisfies Access;

/**
 * What the caller may do to the job, which has this many Cancelling tasks. What may change between this and the act is
 * decided by the guard of the act's own write.
 */
export function jobActions(job: Job, cancelling: number, caller: Caller): JobActions {
  const action = (verb: keyof JobActions) => {
    const { access }: { access: Access } = JOB_RULES[verb];
    const refusal = refuseRole(access.role, caller) ?? refuseJob(job, access, caller);
    return actionOf(refusal ?? refuseVerb(verb, job, cancelling));
  };
  return {
    cancel: action('cancel'),
    hold: action('hold'),
    release: action('release'),
    requeue: action('requeue'),
    setPriority: action('setPriority'),
    addTasks: action('addTasks'),
    abort: action('abort'),
  };
}

/** What the caller may do to the abort. A repeat of a withdrawal would change nothing, so it is not offered. */
export function abortActions(abort: Pick<Abort, 'status'>, caller: Caller): AbortActions {
  const refusal = refuseRole(WITHDRAW_ACCESS.role, caller) ?? refuseWithdraw(abort);
  return { withdraw: actionOf(refusal) };
}

/** What the caller may do to a feature or a batch group whose change needs this role. */
export function settingActions(needed: Role, caller: Caller): z.infer<typeof settingActionsSchema> {
  return { change: actionOf(refuseRole(needed, caller)) };
}

/** Why an abort in this status cannot be withdrawn; undefined if it can. */
function refuseWithdraw({ status }: Pick<Abort, 'status'>): Refusal | undefined {
  return status === 'Draining' ? undefined : wrongStatus('abort', 'withdrawn', status);
}

function actionOf(refusal: Refusal | undefined): Action {
  return refusal ? { code: refusal.code, reason: refusal.message } : true;
}
