/** Who may call: the role that a verb needs, the owner of a job, a SystemAdministrator for system jobs. */
import { Refusal } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { type Caller, mayActAs, type Role } from '#domain/roles';

/** Who may do something to a job, as the rows of routes have it. */
export type Access = {
  /** The lowest role that may call. */
  readonly role: Role;
  /** A BatchUser may act on its own jobs only. */
  readonly ownJobs?: true;
  /** Only a SystemAdministrator may do this to a system job: what the refusal calls it. */
  readonly systemJobs?: string;
};

/** Forbidden for a caller without the role or a higher one; undefined if it has one. */
export function refuseRole(role: Role, caller: Caller): Refusal | undefined {
  return mayActAs(caller, role) ? undefined : forbidden(`This needs the role ${role}.`, caller);
}

/** Forbidden for another user's job, and for a system job; undefined if the caller may act on the job. */
export function refuseJob(
  job: Pick<Job, 'createdBy' | 'system'>,
  { ownJobs, systemJobs }: Pick<Access, 'ownJobs' | 'systemJobs'>,
  caller: Caller,
): Refusal | undefined {
  if (ownJobs && job.createdBy !== caller.user && !mayActAs(caller, 'BatchJobManager'))
    return forbidden('This job belongs to another user; that needs the role BatchJobManager.', caller);
  return systemJobs === undefined ? undefined : refuseSystemJob(job, systemJobs, caller);
}

/** Forbidden for a system job if the caller is no SystemAdministrator. `verb` is what the refusal calls the act. */
export function refuseSystemJob(job: Pick<Job, 'system'>, verb: string, caller: Caller): Refusal | undefined {
  if (!job.system || mayActAs(caller, 'SystemAdministrator')) return undefined;
  return forbidden(`Only a SystemAdministrator may ${verb} a system job.`, caller);
}

function forbidden(message: string, { roles }: Caller): Refusal {
  return new Refusal('Forbidden', message, { roles });
}
