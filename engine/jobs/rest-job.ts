/** A job without work for the servers is taken out of their sight, or put off. */
import { type DispatchedJob, isNow, nextStart } from '#store/reads/dispatch';
import { enterDispatch, leaveDispatch, postponeDispatch } from './offer-job.ts';

/**
 * Takes a job out of sight of the servers when no task of it is Ready, and puts it off when the next one may only start later; whoever makes
 * one Ready puts it back. 1 RCU a shard and group, and 2 WCU. May be done by several at once.
 */
export async function restJob(job: DispatchedJob): Promise<void> {
  const next = await nextStart(job);
  if (isNow(next)) return;
  const rested = next === undefined ? await leaveDispatch(job.jobId) : await postponeDispatch(job.jobId, next);
  if (!rested) return;
  const now = await nextStart(rested);
  if (now !== undefined && now < (next ?? '~')) await enterDispatch(job.jobId);
}
