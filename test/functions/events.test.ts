import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { expect, jest, test } from '@jest/globals';
import type { Server } from '#domain/servers/server';
import { requestStop } from '#engine/servers/request-stop';
import { logger } from '#functions/logger';
import { getAbort } from '#store/aborts';
import { findServer, getServer } from '#store/servers';
import { abortOn, bystander, cancelling, taskAbort } from '#test/support/functions/aborting';
import { readyContainer } from '#test/support/functions/containers';
import { startFunctions } from '#test/support/functions/functions';
import { testTouches } from '#test/support/functions/recording';
import { untilStatus } from '#test/support/local/ecs-trial';
import { recordedStatuses, startServer } from '#test/support/store/trial';

const functions = await startFunctions({ containers: 2 });
const { invoke, containers } = functions;

/** A server in the container of this number. */
async function serverIn(index: number): Promise<Server> {
  return startServer(await readyContainer(containers, index));
}

/** Stops the server's container; returns the event of ECS that it has stopped. */
async function stop({ containerArn }: Server) {
  await containers.client.send(new StopTaskCommand({ cluster: 'lastcall', task: containerArn }));
  return untilStatus(containers, 'STOPPED', containerArn);
}

test('The event that a container has stopped settles what its server ran, once', async () => {
  const server = await serverIn(0);
  const [spared, failing] = [await bystander(server), await bystander(server, false)];
  const { abortId } = await taskAbort(server);
  const job = await cancelling(server);
  const abort = await abortOn(job, server);
  const token = 'a token of a workflow that is over';
  await requestStop(server.serverId, { abortId: abort.abortId, token, now: abort.requestedAt, deadlineReached: true });
  const event = await stop(server);
  expect(await invoke('prove-stop', event)).toBeNull();
  const stopped = await getServer(server.serverId);
  expect(stopped).toMatchObject({ status: 'Stopped', exitCode: 0, stoppedAt: event.detail.stoppedAt });
  expect(await recordedStatuses(spared, 'b', 'c')).toEqual(['Ready', 'Waiting']);
  expect(await recordedStatuses(failing, 'b', 'c')).toEqual(['Error', 'NotRun']);
  expect(await recordedStatuses(job, 't1')).toEqual(['Cancelled']);
  expect((await getAbort(abortId)).status).toBe('Completed');
  await invoke('prove-stop', event);
  expect(await getServer(server.serverId)).toEqual(stopped);
});

test("The exit code is that of the server's own container, also if another one beside it ended before", async () => {
  const beside = { name: 'aws-guardduty-agent', exitCode: 3 };
  const stopOf = async (...containersOf: object[]) => {
    const { serverId, containerArn: taskArn } = await startServer();
    const time = new Date().toISOString();
    const arn = `${taskArn.slice(0, taskArn.lastIndexOf('/'))}/${serverId}`;
    await invoke('prove-stop', { time, detail: { taskArn: arn, lastStatus: 'STOPPED', containers: containersOf } });
    return getServer(serverId);
  };
  expect(await stopOf(beside, { name: 'batch-server', exitCode: 137 })).toMatchObject({ exitCode: 137 });
  const unknown = await stopOf(beside, { name: 'batch-server' });
  expect(unknown.status).toBe('Stopped');
  expect(unknown.exitCode).toBeUndefined();
});

test('Events of other changes prove nothing, in any order', async () => {
  const server = await serverIn(1);
  const running = await untilStatus(containers, 'RUNNING', server.containerArn);
  await invoke('prove-stop', running);
  expect((await getServer(server.serverId)).status).toBe('Active');
  await invoke('prove-stop', await stop(server));
  await invoke('prove-stop', running);
  expect((await getServer(server.serverId)).status).toBe('Stopped');
});

test('The event that a draining server has died names the server that came in its place before the event', async () => {
  const server = await startServer({ ...(await readyContainer(containers, 0)), drainAborts: new Set(['abort']) });
  const event = await stop(server);
  const next = await startServer();
  await invoke('prove-stop', event);
  expect(await getServer(server.serverId)).toMatchObject({ replacedBy: next.serverId, replacedAt: next.startedAt });
});

test('The stop of a container whose server never registered changes nothing', async () => {
  const { containerArn, serverId } = await readyContainer(containers, 0);
  await containers.client.send(new StopTaskCommand({ cluster: 'lastcall', task: containerArn }));
  await invoke('prove-stop', await untilStatus(containers, 'STOPPED', containerArn));
  expect(await findServer(serverId)).toBeUndefined();
});

test('An event of another form fails the call', async () => {
  await expect(invoke('prove-stop', { detail: { lastStatus: 'STOPPED' } })).rejects.toMatchObject({ name: 'ZodError' });
});

testTouches(functions, ['prove-stop']);

test.each([
  { what: 'ended with a fault', stopCode: 'EssentialContainerExited', exitCode: 1, isCounted: true },
  { what: 'ended in order', stopCode: 'EssentialContainerExited', exitCode: 0, isCounted: false },
  { what: 'could not start', stopCode: 'TaskFailedToStart', isCounted: true },
  {
    what: 'was not healthy',
    stopCode: 'ServiceSchedulerInitiated',
    stoppedReason: 'Task failed container health checks',
    isCounted: true,
  },
  { what: 'was stopped by an abort', stopCode: 'UserInitiated', exitCode: 137, isCounted: false },
])('A container that $what is a server exit: $isCounted', async ({ isCounted, exitCode, what: _, ...detail }) => {
  const published = jest.spyOn(logger, 'info');
  const { containerArn: taskArn, serverId } = await startServer();
  const arn = `${taskArn.slice(0, taskArn.lastIndexOf('/'))}/${serverId}`;
  const containersOf = [{ name: 'batch-server', ...(exitCode === undefined ? {} : { exitCode }) }];
  const time = new Date().toISOString();
  await invoke('prove-stop', {
    time,
    detail: { ...detail, taskArn: arn, lastStatus: 'STOPPED', containers: containersOf },
  });
  const counted = published.mock.calls.filter(([, facts]) => JSON.stringify(facts).includes('"ServerExits":1'));
  expect(counted).toHaveLength(isCounted ? 1 : 0);
  published.mockRestore();
});
