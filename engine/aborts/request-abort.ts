/** The request of an abort: from the confirmed plan to the orders. */
import { ulid } from 'ulid';
import { type Abort, toAbortedTask, toBystander } from '#domain/aborts/abort';
import { addsHarm, harmsOf, type Plan } from '#domain/aborts/plan';
import { type Requester, withRequest } from '#domain/jobs/idempotency';
import { abortExecutionArn, startAbortJob } from '#engine/aws/workflows';
import { keeping } from '#engine/idempotency';
import { orderDrain } from '#engine/servers/order-drain';
import { resumeServer } from '#engine/servers/resume-server';
import { tellAbort } from '#engine/tell-events';
import { enactAbort, prepareAbort } from '#store/aborts';
import { getJob } from '#store/jobs';
import { refuseChanged } from './check-plan.ts';
import { discardAbort } from './discard-abort.ts';
import { orderAbort } from './order-abort.ts';
import { type Planned, planNow } from './plan-abort.ts';

type AbortRequest = Pick<Requester, 'by' | 'byName' | 'from' | 'once'> & {
  readonly reason: string;
  /** The id of the confirmed plan, and the harms that it showed. */
  readonly planId: string;
  readonly confirmed: readonly string[];
};

/**
 * Carries out the plan. Undefined if another abort was first or the job has ended.
 * @throws Refusal PlanChanged if the servers hold more than was confirmed; NotFound, WrongStatus or NothingToAbort if
 * the job has ended. Then nothing is changed. Contended if the drain of a server cannot be ordered
 */
export async function requestAbort(planned: Planned, request: AbortRequest): Promise<Abort | undefined> {
  const abort = await bringIntoForce(newAbort(planned, request), planned, request);
  if (!abort) return undefined;
  await tellAbort(abort);
  if (abort.mode === 'server') await startAbortJob(abort);
  else await orderAbort(abort);
  return abort;
}

/**
 * Drains the servers and compares the plan for the last time before the abort is in force. Until then no request can
 * end, withdraw or join it, so if anything comes between, all of it is undone. If this process dies, the reaper undoes
 * it.
 */
async function bringIntoForce(prepared: Abort, { job }: Planned, request: AbortRequest): Promise<Abort | undefined> {
  await prepareAbort(prepared);
  const abort = await drainOrDiscard(prepared, request);
  // After a fault, the abort may be in force all the same: the reaper finds out.
  if (await enactAbort(job, abort, keeping(job, request.once, abort.abortId))) return abort;
  await discardAbort(abort);
  return undefined;
}

async function drainOrDiscard(prepared: Abort, request: AbortRequest): Promise<Abort> {
  try {
    return prepared.mode === 'server' ? await drainServers(prepared, request) : prepared;
  } catch (error) {
    await discardAbort(prepared);
    throw error;
  }
}

/** Draining servers claim nothing, so the abort harms no bystander that the confirmed plan did not show. */
async function drainServers(abort: Abort, { confirmed }: AbortRequest): Promise<Abort> {
  const { abortId, requestedAt: now, drainDeadline: deadline = now } = abort;
  for (const serverId of abort.serverIds) await orderDrain(serverId, { abortId, now, deadline });
  const given = { mode: abort.mode, only: abort.serverIds };
  const { plan, bystanders } = await planNow(await getJob(abort.jobId), given);
  if (addsHarm(confirmed, harmsOf(plan))) await refuseChanged(plan);
  return { ...abort, serverIds: await spareServers(abort, plan), bystanders: bystanders.map(toBystander) };
}

/**
 * A server that no longer runs a task of the job goes back to work: no plan covers what it has claimed since. A server
 * that is past its drain is still stopped. Returns the servers that are restarted.
 */
async function spareServers({ abortId, serverIds }: Abort, { servers }: Plan): Promise<string[]> {
  const needed = new Set(servers.map(({ serverId }) => serverId));
  const kept = [];
  for (const serverId of serverIds) {
    if (needed.has(serverId) || !(await resumeServer(serverId, abortId)).done) kept.push(serverId);
  }
  return kept;
}

function newAbort({ job, plan, tasks }: Planned, request: AbortRequest): Abort {
  const abortId = ulid();
  const now = Date.now();
  return {
    abortId,
    jobId: plan.jobId,
    run: job.run,
    mode: plan.mode,
    status: plan.mode === 'server' ? 'Draining' : 'Stopping',
    requestedBy: request.by,
    requestedByName: request.byName,
    requestedFrom: request.from,
    reason: request.reason,
    planId: request.planId,
    keptRequests: request.once && withRequest({}, request.once),
    requestedAt: new Date(now).toISOString(),
    drainSeconds: plan.drainSeconds,
    serverIds: plan.servers.map((server) => server.serverId),
    tasks: tasks.map(toAbortedTask),
    bystanders: [],
    ...(plan.mode === 'server'
      ? {
          drainDeadline: new Date(now + plan.drainSeconds * 1000).toISOString(),
          executionArn: abortExecutionArn(abortId),
        }
      : {}),
  };
}
