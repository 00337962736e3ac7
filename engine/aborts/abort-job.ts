/** The request of an abort, from the confirmed plan to the orders. */
import { ulid } from 'ulid';
import type { Abort } from '#domain/aborts/abort';
import { addsHarm, harmsOf, type Plan } from '#domain/aborts/plan';
import { abortExecutionArn, startAbortJob } from '#engine/aws/workflows';
import { drainServer, giveBack } from '#engine/servers/drain-server';
import { enactAbort, orderAbort, prepareAbort, toAbortedTask, toBystander } from '#store/aborts';
import { putEvent } from '#store/events';
import { type Planned, planFor, refuseChanged } from './plan-abort.ts';
import { discardAbort } from './withdraw-abort.ts';

type AbortRequest = {
  readonly by: string;
  readonly from: string;
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
  await tellRequest(abort, request);
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
  for (const serverId of abort.serverIds) await drainServer(serverId, { abortId, now, deadline });
  const { plan, bystanders } = await planFor(abort.jobId, { mode: abort.mode, only: abort.serverIds });
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
    if (needed.has(serverId) || !(await giveBack(serverId, abortId)).done) kept.push(serverId);
  }
  return kept;
}

/** The job and each one that may be disrupted say so in their own events. Repeating it changes nothing. */
export async function tellRequest(abort: Abort, where: { from?: string } = {}): Promise<void> {
  const { abortId, jobId, mode, reason, requestedAt: at, requestedBy: by } = abort;
  const { from } = where;
  await putEvent(jobId, { at, type: 'AbortRequested', by, from, reason, abortId, mode });
  await tellBystanders(abort);
}

/** Each job of which a task may be interrupted says so in its own events. */
async function tellBystanders(abort: Abort): Promise<void> {
  for (const [jobId, tasks] of Map.groupBy(abort.bystanders, (bystander) => bystander.jobId)) {
    const facts = {
      abortId: abort.abortId,
      abortedJobId: abort.jobId,
      tasks: tasks.map(({ taskId, fate }) => ({ taskId, fate })),
    };
    await putEvent(
      jobId,
      { at: abort.requestedAt, type: 'DisruptedByAbort', by: abort.requestedBy, ...facts },
      abort.abortId,
    );
  }
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
