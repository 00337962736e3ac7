/** What the reaper does for aborts that a crash left half done, and for the servers that they name. */
import type { Abort } from '#domain/aborts/abort';
import type { Server } from '#domain/servers/server';
import { isFinalAbort } from '#domain/statuses';
import { closeAbort, completeAbort } from '#engine/aborts/complete-abort';
import { discardAbort } from '#engine/aborts/discard-abort';
import { failAbort } from '#engine/aborts/fail-abort';
import { orderAbort } from '#engine/aborts/order-abort';
import { resumeServers } from '#engine/aborts/resume-servers';
import { fail } from '#engine/aws/callbacks';
import { abortExecutionStatus, startAbortJob } from '#engine/aws/workflows';
import { recallServer, recallUnnamed, resumeServer, resumeUnnamed } from '#engine/servers/resume-server';
import { tellAbort } from '#engine/tell-events';
import { findAbort } from '#store/aborts';
import { leaveOut } from '#store/dynamodb/parse-record';
import { findJob } from '#store/jobs';
import { openAborts } from '#store/reads/list-aborts';
import type { BoundedWork } from './bounded-work.ts';

const PAGE_ITEMS = 200;

/**
 * Checks every abort that is not closed: repeats its orders, ends it if every attempt that it names has ended, tells
 * its end.
 */
export async function reapAborts(boundedWork: BoundedWork): Promise<void> {
  for (const phase of ['Requested', 'Open'] as const) {
    let cursor: string | undefined;
    do {
      const page = await openAborts({ cursor, limit: PAGE_ITEMS }, phase);
      for (const abortId of page.ids) await boundedWork.doInTime(`abort ${abortId}`, () => reapAbort(abortId));
      cursor = page.more ? page.ids.at(-1) : undefined;
    } while (cursor !== undefined);
  }
}

async function reapAbort(abortId: string): Promise<void> {
  const abort = await findAbort(abortId);
  if (!abort) return;
  // It ended, but a crash came before its end was told.
  if (isFinalAbort(abort.status)) return closeAbort(abort);
  if (!(await isInForce(abort))) {
    // Its request died before the link, or has not reached it yet.
    if (Date.now() - Date.parse(abort.requestedAt) > REQUEST_MS) await discardAbort(abort);
    return;
  }
  if (await completeAbort(abortId)) return;
  if (abort.mode === 'server') return reapServerAbort(abort);
  await tellAbort(abort);
  await orderAbort(abort);
}

/**
 * Whether it was linked to its job. A requeued job has forgotten the abort of its previous run, which goes on if it had
 * begun.
 */
async function isInForce({ abortId, jobId, run, mode }: Abort): Promise<boolean> {
  const job = await findJob(jobId);
  if (!job || job.abortId === abortId) return job !== undefined;
  return job.run !== run && (mode === 'task' || (await abortExecutionStatus(abortId)) !== undefined);
}

/** Longer than a request may take: before that, an abort that looks half done may still be going on. */
const REQUEST_MS = 60_000;

/** Continues a server abort whose workflow no longer runs: no other party ends it. */
async function reapServerAbort(abort: Abort): Promise<void> {
  if (abort.withdraw) await fail(await resumeServers(abort), 'Withdrawn');
  const status = await abortExecutionStatus(abort.abortId);
  if (status === 'RUNNING') return;
  // The request died after the abort came into force: the plan is confirmed, and its servers drain.
  if (status === undefined) {
    await tellAbort(abort);
    return startAbortJob(abort);
  }
  await failAbort(abort.abortId, { step: 'RestartServers', reason: `The workflow ended as ${status}.` });
}

/**
 * Sends a server back to work that drains, or was to be stopped, for aborts that have ended, or for none. A malformed
 * abort is logged and counts as none: no party can carry it out.
 */
export async function reapDrain(server: Server): Promise<void> {
  for (const abortId of server.drainAborts ?? []) {
    const abort = await findAbort(abortId).catch(leaveOut);
    if (abort && !isFinalAbort(abort.status)) continue;
    await resumeServer(server.serverId, abortId);
    await recallServer(server.serverId, abortId);
  }
  // The party that took the last abort off may have died before this.
  await resumeUnnamed(server.serverId);
  await recallUnnamed(server.serverId);
}
