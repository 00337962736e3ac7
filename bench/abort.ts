/**
 * What aborts take: the states that a server abort enters at Step Functions, and the time from a request to what
 * follows from it.
 */
import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { type Figure, quantile } from './figures.ts';
import { type BenchSystem, until, withSystem } from './system.ts';

const SERVERS = 2;
const SLOTS = 2;
const HEARTBEAT_SECONDS = 1;
const DRAIN_SECONDS = 8;
const TASK_ABORTS = 5;
const LIMIT_MS = 60_000;
const PAGE_EVENTS = 1_000;
const serversSchema = z.looseObject({ items: z.array(z.looseObject({ status: z.string() })) });
const planSchema = z.looseObject({ planId: z.string() });
const abortSchema = z.looseObject({
  abortId: z.string(),
  status: z.string(),
  requestedAt: z.string(),
  endedAt: z.string().optional(),
  drainDeadline: z.string().optional(),
  executionArn: z.string().optional(),
  servers: z.array(z.looseObject({ stopRequestedAt: z.string().optional() })).default([]),
});
type Abort = z.infer<typeof abortSchema>;
const SPIN = { handler: 'spin', input: { seconds: 600 } };

/** Aborts jobs one after the other: by task, by server at once, after a bystander's end, and at the deadline. */
export function measureAbort(port: number): Promise<Figure[]> {
  const limits = { heartbeatSeconds: HEARTBEAT_SECONDS, drainSeconds: DRAIN_SECONDS };
  return withSystem({ port, servers: SERVERS, slots: SLOTS, ...limits }, async (system) => {
    const byTask = await measureTaskAborts(system);
    const byServer = await measureServerAbort(system);
    await leaveOneServer(system);
    const drained = await measureDrain(system, DRAIN_SECONDS / 2);
    const late = await measureDrain(system, 10 * DRAIN_SECONDS);
    return [...byTask, ...byServer, drained, late];
  });
}

/** Each job is aborted right after its cancel: its server has heard of neither. */
async function measureTaskAborts(system: BenchSystem): Promise<Figure[]> {
  const seconds: number[] = [];
  for (let run = 0; run < TASK_ABORTS; run += 1) {
    const jobId = await cancelled(system, await running(system, [SPIN]));
    const { requestedAt, endedAt } = await abort(system, jobId);
    seconds.push(secondsBetween(requestedAt, endedAt));
  }
  const what = 'abort of a task that spins';
  return [
    { what: `${what}, median of ${TASK_ABORTS}`, measured: quantile(seconds, 0.5), unit: 's', atMost: 0.3 },
    { what: `${what}, longest`, measured: Math.max(...seconds), unit: 's' },
  ];
}

async function measureServerAbort(system: BenchSystem): Promise<Figure[]> {
  await switchOn(system);
  const tasks = Array.from({ length: SERVERS * SLOTS }, () => SPIN);
  const jobId = await cancelled(system, await running(system, tasks));
  const { requestedAt, endedAt, executionArn = '' } = await abort(system, jobId);
  const what = `abort of a job on ${SERVERS} servers`;
  return [
    { what, measured: await countTransitions(executionArn), unit: 'transitions', atMost: 10 + 8 * SERVERS },
    secondsFigure(what, [requestedAt, endedAt], 5),
  ];
}

/** A bystander on the server of the stuck task ends within the drain period, or outlasts it. */
async function measureDrain(system: BenchSystem, bystanderSeconds: number): Promise<Figure> {
  await switchOn(system);
  const bystanderId = await running(system, [{ handler: 'sleep', input: { seconds: bystanderSeconds } }]);
  const stuckId = await cancelled(system, await running(system, [SPIN]));
  const { drainDeadline, servers } = await abort(system, stuckId);
  const stopRequestedAt = servers[0]?.stopRequestedAt;
  if (bystanderSeconds > DRAIN_SECONDS)
    return secondsFigure('stop after the deadline', [drainDeadline, stopRequestedAt], 1);
  const { endedAt } = await system.job('GET', `/jobs/${bystanderId}`);
  return secondsFigure("stop after the last bystander's end", [endedAt, stopRequestedAt], 2);
}

/** What runs then runs side by side on this server. */
async function leaveOneServer(system: BenchSystem): Promise<void> {
  const ecs = new ECSClient({});
  await ecs.send(new UpdateServiceCommand({ cluster: 'lastcall', service: 'batch-server', desiredCount: 1 }));
  ecs.destroy();
  const read = async () => serversSchema.parse(await system.call('GET', '/servers')).items;
  await until(read, (servers) => servers.filter(({ status }) => status !== 'Stopped').length === 1, LIMIT_MS);
}

async function switchOn(system: BenchSystem): Promise<void> {
  await system.call('PUT', '/features/EnhancedBatchAbort', { enabled: true });
}

/** The job of these tasks when all of them run. */
async function running(system: BenchSystem, tasks: readonly object[]): Promise<string> {
  const { jobId } = await system.job('POST', '/jobs', { name: 'abort', tasks });
  const read = () => system.job('GET', `/jobs/${jobId}`);
  await until(
    read,
    ({ status, taskCounts }) => status === 'Executing' && taskCounts.Executing === tasks.length,
    LIMIT_MS,
  );
  return jobId;
}

async function cancelled(system: BenchSystem, jobId: string): Promise<string> {
  await system.call('POST', `/jobs/${jobId}/cancel`, {});
  return jobId;
}

/** The abort of the job when it has ended. */
async function abort(system: BenchSystem, jobId: string): Promise<Abort> {
  const { planId } = planSchema.parse(await system.call('GET', `/jobs/${jobId}/abort-plan`));
  const confirmed = { planId, reason: 'bench' };
  const { abortId } = abortSchema.parse(await system.call('POST', `/jobs/${jobId}/abort`, confirmed));
  const read = async () => abortSchema.parse(await system.call('GET', `/aborts/${abortId}`));
  return await until(read, ({ status }) => status === 'Completed', LIMIT_MS);
}

function secondsFigure(what: string, [from, to]: [string | undefined, string | undefined], atMost: number): Figure {
  return { what, measured: secondsBetween(from, to), unit: 's', atMost };
}

function secondsBetween(from = '', to = ''): number {
  return (Date.parse(to) - Date.parse(from)) / 1_000;
}

async function countTransitions(executionArn: string): Promise<number> {
  const stepFunctions = new SFNClient({});
  try {
    const request = new GetExecutionHistoryCommand({ executionArn, maxResults: PAGE_EVENTS });
    const { events = [] } = await stepFunctions.send(request);
    return events.filter(({ type }) => type?.endsWith('StateEntered')).length;
  } finally {
    stepFunctions.destroy();
  }
}
