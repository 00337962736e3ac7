/** System jobs: only a system administrator submits them or acts on them, and nobody cancels them. */
import { Refusal } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { type Caller, mayActAs } from '#domain/roles';

/**
 * Refuses what the caller wants to do (`submit`, `hold` ...) if this is a system job and the caller no system administrator.
 * @throws Refusal Forbidden
 */
export function checkSystemJob(job: Pick<Job, 'system'>, caller: Caller, verb: string): void {
  if (!job.system || mayActAs(caller, 'SystemAdministrator')) return;
  throw new Refusal('Forbidden', `Only a SystemAdministrator may ${verb} a system job.`, { roles: caller.roles });
}
