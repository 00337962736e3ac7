/** What a server that stops does with its attempts: the real program, in a container of the local ECS. */
import { join } from 'node:path';
import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { orderDrain } from '#engine/servers/order-drain';
import { containerEnvironment, functionEnvironment } from '#local/environment';
import { optionsOf } from '#local/options';
import { recordEnd } from '#server/attempts/record-end';
import { registerGroups } from '#store/groups';
import { getJob } from '#store/jobs';
import { listServers } from '#store/reads/list-servers';
import { getServer } from '#store/servers';
import { findTasks } from '#store/tasks';
import { eventually } from '#test/support/flows/system';
import { endTrials, newFolder, PROGRAMS, startTrial } from '#test/support/local/ecs-trial';
import { writeHandlers } from '#test/support/server/execution-host';
import { startStore } from '#test/support/store/engine';
import { recordedStatuses, startServer as registerServer, start, submit } from '#test/support/store/trial';
import type { Call } from '#test/support/store/wire';

const PROGRAM = join(import.meta.dirname, '..', '..', 'server', 'main.ts');
const PATIENCE = { limitMs: 30_000 };
/** Longer than the test waits: no attempt is stopped because the time is over. */
const STOP_TIMEOUT_SECONDS = 120;

/** A handler that runs until its server stops, however long the test takes to get there. */
const handlers = writeHandlers(`
import { defineHandler } from 'lastcall/sdk';

export default [defineHandler({
  name: 'untilToldToEnd',
  run: (_, { signal }) => new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(signal.reason.name));
  }),
})];
`);

const wire = await startStore();

// The server ends before its engine does.
afterEach(endTrials);
afterAll(() => handlers.remove());

/** Starts the program as the ECS service does, in a container. */
async function startServer(stopTimeoutSeconds = STOP_TIMEOUT_SECONDS) {
  const args = ['--servers', '1', '--slots', '2', '--handlers', handlers.file];
  const options = { ...optionsOf(...args), heartbeatSeconds: 0.5 };
  await registerGroups(['default']);
  const before = (await listServers()).map(({ serverId }) => serverId);
  const trial = await startTrial(PROGRAMS.polite, {
    command: [process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM],
    stopTimeoutSeconds,
    environment: {
      ...containerEnvironment(options, functionEnvironment(options, wire.url), newFolder()),
      LASTCALL_STOP_TIMEOUT_SECONDS: String(stopTimeoutSeconds),
      LASTCALL_TABLE_PREFIX: process.env.LASTCALL_TABLE_PREFIX ?? '',
    },
  });
  const isNew = ({ serverId }: { serverId: string }) => !before.includes(serverId);
  return { trial, server: await eventually(async () => (await listServers()).find(isNew), PATIENCE) };
}

/** Waits for two heartbeats: the second begins after this call, and hears what was written before. */
async function untilHeard(serverId: string): Promise<void> {
  const isNew = async (since: string) => (await getServer(serverId)).heartbeatAt > since;
  for (let beat = 0; beat < 2; beat += 1) {
    const { heartbeatAt } = await getServer(serverId);
    await eventually(() => isNew(heartbeatAt), PATIENCE);
  }
}

test('A server that drains and is stopped for another reason lets its tasks end first', async () => {
  const { trial, server } = await startServer();
  const job = await submit([{ taskId: 'b', handler: 'untilToldToEnd' }]);
  await eventually(async () => (await getJob(job.jobId)).status === 'Executing', PATIENCE);
  const now = new Date().toISOString();
  await orderDrain(server.serverId, { abortId: 'abort', now, deadline: now });
  await untilHeard(server.serverId);
  await trial.client.send(
    new StopTaskCommand({ cluster: 'lastcall', task: server.containerArn, reason: 'deployment' }),
  );
  await eventually(async () => (await recordedStatuses(job, 'b'))[0] !== 'Executing', PATIENCE);
  const [task] = await findTasks(job, ['b']);
  expect(task).toMatchObject({
    status: 'Finished',
    result: '"ServerStopping"',
    attempts: [{ attempt: 1, outcome: 'Finished' }],
  });
});

test('A server that stops waits for no search and no heartbeat longer than its attempts may run', async () => {
  const { trial, server } = await startServer(8);
  const job = await submit([{ taskId: 'a', handler: 'sleep', input: { seconds: 600 }, restartable: true }]);
  await eventually(async () => (await getJob(job.jobId)).status === 'Executing', PATIENCE);
  const search = wire.hold(({ operation, body }) => /^(Query|Scan)$/.test(operation) && body.includes('"dispatch"'));
  await search.reached;
  const isBeat = ({ operation, body }: Call) => operation === 'UpdateItem' && body.includes('"#heartbeatAt"');
  const end = wire.refuse(isBeat, 'ProvisionedThroughputExceededException');
  await trial.client.send(
    new StopTaskCommand({ cluster: 'lastcall', task: server.containerArn, reason: 'deployment' }),
  );
  const isStop = ({ detail }: (typeof trial.events.items)[number]) => detail.lastStatus === 'STOPPED';
  const { detail } = await eventually(async () => trial.events.items.find(isStop), PATIENCE);
  end();
  search.release();
  expect(detail.containers[0]).toMatchObject({ exitCode: 0 });
  const [task] = await findTasks(job, ['a']);
  expect(task).toMatchObject({ status: 'Ready', attempts: [{ outcome: 'Interrupted', cause: 'ServerStopped' }] });
});

test('A task whose handler never ran on a server that stops is given back, restartable or not', async () => {
  const job = await submit();
  const { serverId } = await registerServer();
  const task = await start(job, 't000001', { serverId });
  const stopReason = { cause: 'ServerStopped' } as const;
  expect(await recordEnd({ task, stopReason }, { outcome: 'Stopped', hasRun: false }, '2026-01-01T10:00:00.000Z')).toBe(
    true,
  );
  const [ready] = await findTasks(job, ['t000001']);
  expect(ready).toMatchObject({ status: 'Ready', attempt: 0, attempts: [] });
});
