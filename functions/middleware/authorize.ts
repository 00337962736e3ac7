/** Who may call: the role that a route needs, the owner of a job, a SystemAdministrator for system jobs. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { type Access, refuseJob, refuseRole } from '#domain/actions/access';
import type { Job } from '#domain/jobs/job';
import type { Caller, Role } from '#domain/roles';
import { getJob } from '#store/jobs';
import { callerOf } from './caller.ts';
import { identity } from './identity.ts';

/** The context of a call whose caller is known. */
export type Called = Context & { caller: Caller };

const ANYONE: Caller = { user: '', roles: [] };

/**
 * Puts the caller in the context. It runs before anything is parsed or read.
 * @throws Refusal Unauthorized without a verified token, Forbidden with less than the role
 * @throws WrongSettings at once, like `identity`
 */
export function authorize(role: Role | 'public'): MiddlewareObj<APIGatewayProxyEventV2, unknown, Error, Called> {
  identity();
  return {
    before: ({ event, context }) => {
      context.caller = role === 'public' ? ANYONE : callerOf(event);
      const refusal = role === 'public' ? undefined : refuseRole(role, context.caller);
      if (refusal) throw refusal;
    },
  };
}

/**
 * The job, if the caller has this access to it. Its owner never changes; the guards of the act's own write check
 * everything else again. The read costs 1 RCU for each 4 KB of the job.
 * @throws Refusal NotFound if there is no such job, Forbidden for other users' jobs and for system jobs
 */
export async function authorizedJob(
  jobId: string,
  access: Pick<Access, 'ownJobs' | 'systemJobs'>,
  caller: Caller,
): Promise<Job> {
  const job = await getJob(jobId);
  const refusal = refuseJob(job, access, caller);
  if (refusal) throw refusal;
  return job;
}
