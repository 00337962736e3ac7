/** The request of an abort, from the confirmed plan to the orders. */
import { ulid } from 'ulid';
import { type Abort, toAbortedTask, toBystander } from '#domain/aborts/abort';
import { addsHarm, harmsOf, type Plan } from '#domain/aborts/plan';
import { abortExecutionArn, startAbortJob } from '#engine/aws/workflows';
import { orderDrain } from '#engine/servers/order-drain';
import { resumeServer } from '#engine/servers/resume-server';
import { tellAbort } from '#engine/tell';
import { enactAbort, prepareAbort } from '#store/aborts';
import { getJob } from '#store/jobs';
import { discardAbort } from './discard-abort.ts';
import { orderAbort } from './order-abort.ts';
import { type Planned, planNow, refuseChanged } from './plan-abort.ts';

type AbortRequest = {
  readonly by: string;
  readonly from?: string | undefined;
  readonly reason: string;
  /** The plan that was confirmed, and what it would have harmed. */
  readonly planId: string;
  readonly confirmed: readonly string[];
};

/**
 * Does the plan. Undefined when another abort was first or the job has ended meanwhile.
 * @throws Refusal PlanChanged when the servers turn out to hold more than was confirmed, WrongStatus or NothingToAbort when the job has
 * come to its end; nothing is changed then
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
 * Has the servers drain and compares the plan for the last time before the abort is in force: nobody can end, withdraw or join it before, so that
 * whatever comes between, all of it is taken back. If we die, the reaper does that.
 */
async function bringIntoForce(prepared: Abort, { job }: Planned, request: AbortRequest): Promise<Abort | undefined> {
  await prepareAbort(prepared);
  try {
    const abort = prepared.mode === 'server' ? await drainServers(prepared, request) : prepared;
    if (await enactAbort(job, abort)) return abort;
  } catch (error) {
    await discardAbort(prepared);
    throw error;
  }
  await discardAbort(prepared);
  return undefined;
}

/** From their drain on the servers claim nothing: no bystander can be harmed of whom the plan that was confirmed did not tell. */
async function drainServers(abort: Abort, { confirmed }: AbortRequest): Promise<Abort> {
  const { abortId, requestedAt: now, drainDeadline: deadline = now } = abort;
  for (const serverId of abort.serverIds) await orderDrain(serverId, { abortId, now, deadline });
  const given = { mode: abort.mode, only: abort.serverIds };
  const { plan, bystanders } = await planNow(await getJob(abort.jobId), given);
  if (addsHarm(confirmed, harmsOf(plan))) await refuseChanged(plan);
  return { ...abort, serverIds: await spareServers(abort, plan), bystanders: bystanders.map(toBystander) };
}

/**
 * A server that runs nothing of the job any more goes back to work: what it has taken on since was compared with no plan. One that is past its
 * drain is stopped anyhow. Gives those that are restarted.
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
    requestedFrom: request.from,
    reason: request.reason,
    planId: request.planId,
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
