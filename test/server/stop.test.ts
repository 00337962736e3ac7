/** What a server that is told to stop does with what it runs: the real program, in a container of the local ECS. */
import { join } from 'node:path';
import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { afterEach, expect, test } from '@jest/globals';
import { orderDrain } from '#engine/servers/order-drain';
import { containerEnvironment, functionEnvironment } from '#local/environment';
import { optionsOf } from '#local/options';
import { registerGroups } from '#store/groups';
import { getJob } from '#store/jobs';
import { getServer, listServers } from '#store/servers';
import { findTasks } from '#store/tasks';
import { eventually } from '#test/support/flows/system';
import { endTrials, newFolder, PROGRAMS, startTrial } from '#test/support/local/ecs-trial';
import { startStore } from '#test/support/store/engine';
import { recordedStatuses, submit } from '#test/support/store/trial';

const PROGRAM = join(import.meta.dirname, '..', '..', 'server', 'main.ts');
const PATIENCE = { limitMs: 20_000 };
const STOP_TIMEOUT_SECONDS = 30;

const wire = await startStore();

// Before the engine ends, which the server talks to.
afterEach(endTrials);

/** The program as the service runs it in its container. */
async function startServer() {
  const options = { ...optionsOf('--servers', '1', '--slots', '2'), heartbeatSeconds: 0.5 };
  await registerGroups(['default']);
  const trial = await startTrial(PROGRAMS.polite, {
    command: [process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM],
    stopTimeoutSeconds: STOP_TIMEOUT_SECONDS,
    environment: {
      ...containerEnvironment(options, functionEnvironment(options, wire.url), newFolder()),
      LASTCALL_STOP_TIMEOUT_SECONDS: String(STOP_TIMEOUT_SECONDS),
      LASTCALL_TABLE_PREFIX: process.env.LASTCALL_TABLE_PREFIX ?? '',
    },
  });
  return { trial, server: await eventually(async () => (await listServers())[0], PATIENCE) };
}

/** The next beat but one has begun after this, so that what was written before has been heard. */
async function untilHeard(serverId: string): Promise<void> {
  const isNew = async (since: string) => (await getServer(serverId)).heartbeatAt > since;
  for (let beat = 0; beat < 2; beat += 1) {
    const { heartbeatAt } = await getServer(serverId);
    await eventually(() => isNew(heartbeatAt), PATIENCE);
  }
}

test('A server that drains and is stopped for something else lets its tasks end first', async () => {
  const { trial, server } = await startServer();
  const job = await submit([{ taskId: 'b', handler: 'sleep', input: { seconds: 6 } }]);
  await eventually(async () => (await getJob(job.jobId)).status === 'Executing', PATIENCE);
  const now = new Date().toISOString();
  await orderDrain(server.serverId, { abortId: 'abort', now, deadline: now });
  await untilHeard(server.serverId);
  await trial.client.send(
    new StopTaskCommand({ cluster: 'lastcall', task: server.containerArn, reason: 'deployment' }),
  );
  await eventually(async () => (await recordedStatuses(job, 'b'))[0] !== 'Executing', PATIENCE);
  const [task] = await findTasks(job, ['b']);
  expect(task).toMatchObject({ status: 'Finished', attempts: [{ attempt: 1, outcome: 'Finished' }] });
}, 60_000);
