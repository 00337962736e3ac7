/** AWS's own clients at the ports of a system that a test has started. */
import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { GetExecutionHistoryCommand, type HistoryEvent, SFNClient } from '@aws-sdk/client-sfn';
import { activeServers } from './aborts.ts';
import { eventually, type System } from './system.ts';

export const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
export const SERVICE = { cluster: 'lastcall', service: 'batch-server' };

/** The service with this number of servers, when all of them are at work. */
export async function scaleTo(system: System, desiredCount: number): Promise<void> {
  await using(ecsOf(system), (ecs) => ecs.send(new UpdateServiceCommand({ ...SERVICE, desiredCount })));
  await eventually(async () => (await activeServers(system)).length === desiredCount, { limitMs: 20_000 });
}

/** All that happened in the abort's execution. */
export async function historyOf(system: System, executionArn = ''): Promise<HistoryEvent[]> {
  const command = new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 });
  return await using(sfnOf(system), async (sfn) => (await sfn.send(command)).events ?? []);
}

export function sfnOf({ port }: System): SFNClient {
  return new SFNClient({ endpoint: `http://127.0.0.1:${port + 2}`, ...LOCAL });
}

export function ecsOf({ port }: System): ECSClient {
  return new ECSClient({ endpoint: `http://127.0.0.1:${port + 3}`, ...LOCAL });
}

/** Uses a client and closes its connections. */
export async function using<Sdk extends { destroy(): void }, T>(client: Sdk, use: (client: Sdk) => Promise<T>) {
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
