import type { Abort } from '#domain/aborts/abort';
import { Refusal } from '#domain/errors';
import { earlierRequest, type Requester } from '#domain/jobs/idempotency';
import type { Job } from '#domain/jobs/job';
import { isFinalAbort } from '#domain/statuses';
import { keeping } from '#engine/idempotency';
import { cancelRunning } from '#engine/jobs/cancel-tasks';
import { findAbort, getAbort } from '#store/aborts';
import { isEnabled } from '#store/features';
import { getJob, setOnJob } from '#store/jobs';
import { checkPlan } from './check-plan.ts';
import { failAbort } from './fail-abort.ts';
import { requestAbort } from './request-abort.ts';

/** A lost round means that another request aborted the job, or that the job ended. */
const MAX_ROUNDS = 5;
/** Why a task abort ends when a server abort of its job is confirmed: likely a task does not come out of a wait. */
const OUTDONE = { step: 'OrderAbort', reason: 'A server abort of the job was confirmed before its tasks had ended.' };

type Confirmed = { readonly planId: string; readonly reason: string };
type Who = Pick<Requester, 'by' | 'byName' | 'from' | 'once'>;

/**
 * Aborts the job as its confirmed plan says. While an abort of the job is open, returns that abort; but a server abort
 * ends a task abort that is open, and takes its place. A repeat with the key of an earlier request returns the abort of
 * that.
 * @throws Refusal NotFound, WrongStatus, NothingToAbort, PlanChanged, IdempotencyKeyReused; TooManyRequests after
 * `MAX_ROUNDS`
 */
export async function abortJob(jobId: string, confirmed: Confirmed, who: Who): Promise<Abort> {
  try {
    return await abortInRounds(jobId, confirmed, who);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // A repeat at the same moment may have aborted the job since it was read: then no plan holds any more.
    const done = who.once && (await findDone(await getJob(jobId), who));
    if (done) return done;
    throw error;
  }
}

async function abortInRounds(jobId: string, { planId, reason }: Confirmed, who: Who): Promise<Abort> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const job = await getJob(jobId);
    const done = await findDone(job, who);
    if (done) return done;
    const standing = await findOpen(job);
    if (standing && !(await isOutdone(standing, planId))) {
      if (await join(job, standing, who)) return standing;
      continue;
    }
    await markRunning(job);
    // Uses the same read of the job: otherwise it could replace an abort that another request has linked since.
    const { planned, confirmed } = await checkPlan(job, planId);
    if (standing) await failAbort(standing.abortId, OUTDONE);
    const abort = await requestAbort(planned, { ...who, reason, planId, confirmed });
    if (abort) return getAbort(abort.abortId);
  }
  throw new Refusal('TooManyRequests', 'Others are aborting this job at the same moment; read the plan again.');
}

async function findOpen({ abortId }: Job): Promise<Abort | undefined> {
  const abort = abortId === undefined ? undefined : await findAbort(abortId);
  return abort && !isFinalAbort(abort.status) ? abort : undefined;
}

/** Whether another abort stops what this one may never stop. Its own plan, confirmed again, asks for nothing new. */
async function isOutdone({ mode, planId }: Abort, confirmedId: string): Promise<boolean> {
  return mode === 'task' && planId !== confirmedId && (await isEnabled('EnhancedBatchAbort'));
}

/** What is stopped must be marked, or it could be made ready again. The pass may not have come that far. */
async function markRunning(job: Job): Promise<void> {
  if (job.status === 'Cancelling' && job.cancelPassedAt === undefined) await cancelRunning(job);
}

async function findDone(job: Job, { once }: Who): Promise<Abort | undefined> {
  const earlier = earlierRequest(job, once);
  return earlier && getAbort(earlier.made);
}

/** Keeps a request with a key that gets an abort which is under way: its repeat gets the same. 1 WCU with a key. */
async function join({ jobId, abortId, ...seen }: Job, abort: Abort, { once }: Who): Promise<boolean> {
  const { set, when } = keeping(seen, once, abort.abortId);
  return !once || setOnJob(jobId, set, [{ attribute: 'abortId', in: [abortId] }, ...when]);
}
