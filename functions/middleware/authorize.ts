/** Who may call: the role that a route needs, the owner of a job, a SystemAdministrator for system jobs. */
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { Refusal } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { type Caller, mayActAs, type Role } from '#domain/roles';
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
      if (role !== 'public' && !mayActAs(context.caller, role))
        throw forbidden(`This needs the role ${role}.`, context.caller);
    },
  };
}

/**
 * The job, if the caller may act on it. Its owner never changes; the guards of the act's own write check everything
 * else again. `systemJobs` is what a refusal calls the act. The read costs 1 RCU for each 4 KB of the job.
 * @throws Refusal NotFound if there is no such job, Forbidden for other users' jobs and for system jobs
 */
export async function authorizedJob(jobId: string, caller: Caller, systemJobs?: string): Promise<Job> {
  const job = await getJob(jobId);
  checkOwner(job, caller);
  if (systemJobs !== undefined) checkSystemJob(job, caller, systemJobs);
  return job;
}

/**
 * Refuses the act (`submit`, `hold` ...) on a system job if the caller is not a system administrator.
 * @throws Refusal Forbidden
 */
export function checkSystemJob(job: Pick<Job, 'system'>, caller: Caller, verb: string): void {
  if (!job.system || mayActAs(caller, 'SystemAdministrator')) return;
  throw forbidden(`Only a SystemAdministrator may ${verb} a system job.`, caller);
}

function checkOwner(job: Job, caller: Caller): void {
  if (job.createdBy === caller.user || mayActAs(caller, 'BatchJobManager')) return;
  throw forbidden('This job belongs to another user; that needs the role BatchJobManager.', caller);
}

function forbidden(message: string, { roles }: Caller): Refusal {
  return new Refusal('Forbidden', message, { roles });
}
