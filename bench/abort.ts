/** What a server abort costs at Step Functions: the states that its execution enters. */
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import type { Figure } from './figures.ts';
import { type BenchSystem, until, withSystem } from './system.ts';

const SERVERS = 2;
const SLOTS = 2;
const LIMIT_MS = 60_000;
const PAGE_EVENTS = 1_000;
const planSchema = z.looseObject({ planId: z.string(), servers: z.array(z.unknown()) });
const abortSchema = z.looseObject({ abortId: z.string(), status: z.string(), executionArn: z.string().optional() });

/** Aborts a job that runs on two servers. */
export function measureAbort(port: number): Promise<Figure[]> {
  return withSystem({ port, servers: SERVERS, slots: SLOTS }, async (system) => {
    const jobId = await cancelledOnAllServers(system);
    await system.call('PUT', '/features/EnhancedBatchAbort', { enabled: true });
    const plan = planSchema.parse(await system.call('GET', `/jobs/${jobId}/abort-plan`));
    const confirmed = { planId: plan.planId, reason: 'bench' };
    const { abortId } = abortSchema.parse(await system.call('POST', `/jobs/${jobId}/abort`, confirmed));
    const executionArn = await untilCompleted(system, abortId);
    const servers = plan.servers.length;
    const what = `abort of a job on ${servers} servers`;
    const transitions = await countTransitions(executionArn);
    return [{ what, measured: transitions, unit: 'transitions', atMost: 10 + 8 * servers }];
  });
}

async function cancelledOnAllServers(system: BenchSystem): Promise<string> {
  const tasks = Array.from({ length: SERVERS * SLOTS }, () => ({ handler: 'spin', input: { seconds: 600 } }));
  const { jobId } = await system.job('POST', '/jobs', { name: 'abort', tasks });
  const read = () => system.job('GET', `/jobs/${jobId}`);
  await until(read, ({ taskCounts }) => taskCounts.Executing === tasks.length, LIMIT_MS);
  await system.call('POST', `/jobs/${jobId}/cancel`, {});
  return jobId;
}

async function untilCompleted(system: BenchSystem, abortId: string): Promise<string> {
  const read = async () => abortSchema.parse(await system.call('GET', `/aborts/${abortId}`));
  const { executionArn = '' } = await until(read, ({ status }) => status === 'Completed', LIMIT_MS);
  return executionArn;
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
