/** What the reaper does for jobs and aborts that a crash left half done. */
import type { Abort } from '#domain/abort';
import type { Job } from '#domain/job';
import type { Server } from '#domain/server';
import { isFinalAbort } from '#domain/statuses';
import { openAborts } from '#store/abort-list';
import { completeAbort, findAbort, orderAbort } from '#store/aborts';
import { completeJob } from '#store/completion';
import { nextStart } from '#store/dispatch';
import { giveBack, resumeServer } from '#store/draining';
import { clearAdding } from '#store/growing';
import { inParallel } from '#store/in-parallel';
import { findJob, listJobKeys } from '#store/jobs';
import { dropStop, recallServer } from '#store/stop-requests';
import { enterDispatch } from '#store/turns';
import { unlockWaiting } from '#store/unlocking';
import { discardAbort, giveBackServers, giveUpAbort } from '#store/withdrawal';
import { tellRequest } from './aborting.ts';
import { type Backlog, observe } from './backlog.ts';
import { fail } from './callbacks.ts';
import { logger } from './logger.ts';
import { abortExecutionStatus, startAbortJob, startCancelTasks, startRequeueTasks } from './workflows.ts';

const PAGE_ITEMS = 200;
const JOBS_AT_ONCE = 8;

/** One record that cannot be brought to its end must not keep the others from theirs; the next run tries it again. */
export async function attempt(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.error(`Reaping ${what} failed; the next run tries again.`, { error });
  }
}

/**
 * Looks at every open job: resumes its cancel, unlocks what waits for ended tasks, ends it when no task is open; tells what it saw. 2 RCU
 * each, and for the tasks that wait what counting them takes.
 */
export async function reapJobs(): Promise<Backlog> {
  const backlog = { ReadyTasks: 0, OldestCancellingSeconds: 0 };
  let before: string | undefined;
  do {
    const page = await listJobKeys('Open', { before, limit: PAGE_ITEMS });
    await inParallel(page.keys, JOBS_AT_ONCE, ({ jobId }) => attempt(`job ${jobId}`, () => reapJob(jobId, backlog)));
    before = page.more ? page.keys.at(-1)?.jobId : undefined;
  } while (before !== undefined);
  return backlog;
}

async function reapJob(jobId: string, backlog: Backlog): Promise<void> {
  const job = await findJob(jobId);
  if (!job || !(await clearAdding(job))) return;
  await observe(job, backlog);
  if (job.status === 'Cancelling' && job.cancelPassedAt === undefined) return startCancelTasks(job, new Date());
  if (job.requeue) return startRequeueTasks(job, new Date());
  if (job.hasDependencies) await unlockWaiting(job);
  await showToServers(job);
  await completeJob(jobId, job);
}

/** Whoever rested the job may have died before looking whether a task had become Ready meanwhile. */
async function showToServers(job: Job): Promise<void> {
  if (job.dispatchAt !== undefined && job.dispatchAt <= new Date().toISOString()) return;
  const next = await nextStart(job);
  if (next !== undefined && next < (job.dispatchAt ?? '~')) await enterDispatch(job.jobId);
}

/** Looks at every abort that is not at its end: gives its orders again, and ends it when every run that it names has ended. */
export async function reapAborts(): Promise<void> {
  for (const phase of ['Requested', 'Open'] as const) {
    let cursor: string | undefined;
    do {
      const page = await openAborts({ cursor, limit: PAGE_ITEMS }, phase);
      for (const abortId of page.ids) await attempt(`abort ${abortId}`, () => reapAbort(abortId));
      cursor = page.more ? page.ids.at(-1) : undefined;
    } while (cursor !== undefined);
  }
}

async function reapAbort(abortId: string): Promise<void> {
  const abort = await findAbort(abortId);
  if (!abort || isFinalAbort(abort.status)) return;
  if (!(await isInForce(abort))) {
    // Its request died before the link, or is before it just now.
    if (Date.now() - Date.parse(abort.requestedAt) > REQUEST_MS) await discardAbort(abort);
    return;
  }
  if (await completeAbort(abortId)) return;
  if (abort.mode === 'server') return reapServerAbort(abort);
  await tellRequest(abort);
  await orderAbort(abort);
}

/** Whether it was linked to its job. One that was requeued has forgotten the abort of its run before, which goes on if it had begun. */
async function isInForce({ abortId, jobId, run, mode }: Abort): Promise<boolean> {
  const job = await findJob(jobId);
  if (!job || job.abortId === abortId) return job !== undefined;
  return job.run !== run && (mode === 'task' || (await abortExecutionStatus(abortId)) !== undefined);
}

/** Longer than a request may take: before that, what looks half done may be going on. */
const REQUEST_MS = 60_000;

/** A server abort without a living workflow has nobody who brings it to its end. */
async function reapServerAbort(abort: Abort): Promise<void> {
  if (abort.withdraw) await fail((await giveBackServers(abort)).tokens, 'Withdrawn');
  const status = await abortExecutionStatus(abort.abortId);
  if (status === 'RUNNING') return;
  // The request died after the abort had come into force: the plan is confirmed, its servers drain.
  if (status === undefined) {
    await tellRequest(abort);
    return startAbortJob(abort);
  }
  await giveUpAbort(abort.abortId, { step: 'RestartServers', reason: `The workflow ended as ${status}.` });
}

/** A server that drains, or was to be stopped, for aborts that have ended, or for none, goes back to work. */
export async function reapDrain(server: Server): Promise<void> {
  for (const abortId of server.drainAborts ?? []) {
    const abort = await findAbort(abortId);
    if (abort && !isFinalAbort(abort.status)) continue;
    await giveBack(server.serverId, abortId);
    await recallServer(server.serverId, abortId);
  }
  // Whoever took the last abort off may have died before this.
  await resumeServer(server.serverId);
  await dropStop(server.serverId);
}
