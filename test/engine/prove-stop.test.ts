import { expect, test } from '@jest/globals';
import { MAX_REASON_CHARACTERS } from '#domain/limits';
import { SERVER_CONTAINER, type Server } from '#domain/servers/server';
import { proveStop } from '#engine/servers/prove-stop';
import { closeServer, settleServer } from '#engine/servers/settle-server';
import { claimTask } from '#engine/tasks/claim-task';
import { readItem } from '#store/dynamodb/read';
import { listEvents } from '#store/events';
import { getJob } from '#store/jobs';
import { findServer, getServer, heartbeat } from '#store/servers';
import { getTask, heldTasks } from '#store/tasks';
import { cutOff } from '#test/support/store/cut-off';
import { startStore } from '#test/support/store/engine';
import { recordedStatuses, recordStop, start, startServer, submit } from '#test/support/store/trial';
import { updateOf } from '#test/support/store/wire';

const wire = await startStore();

const stoppedAt = new Date().toISOString();
const proofOf = (exitCode?: number, at = stoppedAt) => ({
  stoppedAt: at,
  containers: [{ name: SERVER_CONTAINER, exitCode }],
});
const nothing = { toldCancels: new Set<string>(), stoppedClaims: new Set<string>() };

/** A server that runs one task. */
async function busyServer(options: Partial<Server> = {}) {
  const job = await submit([{ taskId: 'a' }]);
  const server = await startServer(options);
  await start(job, 'a', server);
  return { job, server };
}

test.each([
  { exitCode: 0, abortId: undefined, cause: 'ServerStopped' },
  { exitCode: 1, abortId: undefined, cause: 'ServerLost' },
  { exitCode: 137, abortId: undefined, cause: 'ServerLost' },
  { exitCode: undefined, abortId: undefined, cause: 'ServerLost' },
  { exitCode: 0, abortId: 'abort1', cause: 'ServerRestart' },
  { exitCode: 137, abortId: 'abort1', cause: 'ServerRestart' },
])(
  'A stop with exit code $exitCode and the abort $abortId has the cause $cause',
  async ({ exitCode, abortId, cause }) => {
    const { job, server } = await busyServer(abortId === undefined ? {} : { abortId });
    expect(await recordStop(server.serverId, proofOf(exitCode))).toBe(true);
    const task = await getTask(job, 'a');
    expect(task).toMatchObject({ status: 'Error', cause });
    expect(task.abortId).toBe(abortId);
    expect((await getServer(server.serverId)).exitCode).toBe(exitCode);
  },
);

test('What ECS says of a stop is kept with the server and with each attempt that it ended', async () => {
  const { job, server } = await busyServer();
  const containers = [{ name: SERVER_CONTAINER, exitCode: 137, reason: 'OutOfMemoryError: Container killed' }];
  const words = { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };
  await recordStop(server.serverId, { stoppedAt, ...words, containers });
  const stopReason = 'Essential container in task exited; OutOfMemoryError: Container killed';
  expect(await getServer(server.serverId)).toMatchObject({ stopCode: words.stopCode, stopReason });
  expect(await getTask(job, 'a')).toMatchObject({ attempts: [{ cause: 'ServerLost', reason: stopReason }] });
});

test('A person may have said anything of a stop: what is kept of it is cut between two characters', async () => {
  const { server } = await busyServer();
  const stoppedReason = `${'x'.repeat(MAX_REASON_CHARACTERS - 1)}\u{1F642}`;
  expect(await recordStop(server.serverId, { stoppedAt, stoppedReason, containers: [] })).toBe(true);
  expect((await getServer(server.serverId)).stopReason).toBe(`${'x'.repeat(MAX_REASON_CHARACTERS - 1)}\uFFFD`);
});

test('A restartable task is run again after lost servers, but not after the third one', async () => {
  const job = await submit([{ taskId: 'a', restartable: true }]);
  for (const status of ['Ready', 'Ready', 'Error']) {
    const server = await startServer();
    await start(job, 'a', server);
    await recordStop(server.serverId, proofOf(137));
    expect(await recordedStatuses(job, 'a')).toEqual([status]);
  }
  expect(await getTask(job, 'a')).toMatchObject({ cause: 'LostTooOften', losses: 3, failures: 0 });
  const { events } = await listEvents(job, { limit: 10 });
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['TaskRestarting', 'TaskInterrupted']));
});

test('Stops that were asked for, and lost machines, do not count as losses', async () => {
  const job = await submit([{ taskId: 'a', restartable: true }]);
  const lostMachine = { ...proofOf(137), stopCode: 'TerminationNotice' };
  for (const proof of [proofOf(0), proofOf(0), proofOf(0), lostMachine, lostMachine, lostMachine]) {
    const server = await startServer();
    await start(job, 'a', server);
    await recordStop(server.serverId, proof);
  }
  expect(await recordedStatuses(job, 'a')).toEqual(['Ready']);
});

test('A recorded stop fences the server before any of its tasks is settled', async () => {
  const { job, server } = await busyServer();
  const settling = wire.hold(updateOf('tasks', `${job.jobId}#0`, 'Error'));
  const recorded = recordStop(server.serverId, proofOf(1));
  await settling.reached;
  expect(await getServer(server.serverId)).toMatchObject({ status: 'Stopped', stoppedAt, exitCode: 1 });
  expect(await heartbeat(server.serverId, { now: stoppedAt, ...nothing })).toBeUndefined();
  settling.release();
  await recorded;
  expect(await getServer(server.serverId)).toMatchObject({ settledAt: expect.any(String) });
});

test.each(['Active', 'Draining', 'Stopping', 'Lost'] as const)(
  'A stop of a server in %s is recorded',
  async (status) => {
    const { server } = await busyServer({ status });
    expect(await recordStop(server.serverId, proofOf())).toBe(true);
    expect(await getServer(server.serverId)).toMatchObject({
      status: 'Stopped',
      stoppedAt,
      settledAt: expect.any(String),
    });
    expect(await heldTasks(server.serverId)).toEqual([]);
  },
);

test('The stop of a container that never registered returns false and leaves no record', async () => {
  expect(await recordStop('unknown', proofOf())).toBe(false);
  expect(await findServer('unknown')).toBeUndefined();
});

test('A repeated proof of stop keeps the first one and does no harm', async () => {
  const { job, server } = await busyServer();
  await recordStop(server.serverId, proofOf(137));
  const [before, task] = [await getServer(server.serverId), await getTask(job, 'a')];
  expect(await recordStop(server.serverId, proofOf(0, '2030-01-01T00:00:00.000Z'))).toBe(true);
  expect(await getServer(server.serverId)).toEqual(before);
  expect(await getTask(job, 'a')).toEqual(task);
});

test('A repeat completes a proof of stop that was cut off before the settlement', async () => {
  const { job, server } = await busyServer();
  expect(await proveStop(server.serverId, proofOf(0))).toMatchObject({ status: 'Stopped', stoppedAt, exitCode: 0 });
  expect(await recordedStatuses(job, 'a')).toEqual(['Executing']);
  expect(await recordStop(server.serverId, proofOf(0))).toBe(true);
  expect(await getTask(job, 'a')).toMatchObject({ status: 'Error', cause: 'ServerStopped' });
  expect(await getServer(server.serverId)).toMatchObject({ settledAt: expect.any(String) });
});

test('A proof of stop that dies before any of its requests is completed by its repeat', async () => {
  const at = new Date(Date.parse(stoppedAt) + 3_600_000).toISOString();
  let isCut = true;
  for (let index = 1; isCut; index += 1) {
    const { job, server } = await busyServer({ drainAborts: new Set(['abort1']) });
    await startServer({ startedAt: at });
    isCut = await cutOff(wire, () => recordStop(server.serverId, proofOf(1, at)), index);
    const died = await getServer(server.serverId);
    // Nothing follows before the fence.
    if (died.status !== 'Stopped') expect(await recordedStatuses(job, 'a')).toEqual(['Executing']);
    await recordStop(server.serverId, proofOf(1, at));
    expect(await getJob(job.jobId)).toMatchObject({ status: 'Error' });
    expect(await getServer(server.serverId)).toMatchObject({
      stoppedAt: at,
      settledAt: expect.any(String),
      replacedBy: expect.any(String),
    });
  }
});

test('A claim that lands after the first settlement is settled when the server is closed', async () => {
  const job = await submit([{ taskId: 'a', restartable: true }]);
  const server = await startServer();
  const claiming = wire.hold(updateOf('tasks', `${job.jobId}#0`, server.serverId));
  const claim = claimTask(await getTask(job, 'a'), { serverId: server.serverId, now: stoppedAt });
  await claiming.reached;
  await recordStop(server.serverId, proofOf());
  claiming.release();
  await claim;
  expect(await recordedStatuses(job, 'a')).toEqual(['Executing']);
  await closeServer(await getServer(server.serverId));
  expect(await recordedStatuses(job, 'a')).toEqual(['Ready']);
  expect(await getServer(server.serverId)).toMatchObject({ closedAt: expect.any(String) });
});

test('A stopped server is settled again without harm', async () => {
  const { job, server } = await busyServer();
  await recordStop(server.serverId, proofOf());
  const task = await getTask(job, 'a');
  await settleServer(await getServer(server.serverId));
  expect(await getTask(job, 'a')).toEqual(task);
});

test.each([
  ['that an abort restarted is kept as long as the abort', { abortId: 'the-abort' }, 90],
  ['that ended by itself is kept for a day', {}, 1],
])('The record of a closed server %s', async (_what, restart, days) => {
  const server = await startServer(restart);
  await recordStop(server.serverId, proofOf());
  await closeServer(await getServer(server.serverId));
  const { expiresAt } = (await readItem('servers', { serverId: server.serverId })) ?? {};
  expect(expiresAt).toBe(Math.ceil(Date.parse(stoppedAt) / 1000) + days * 24 * 3600);
});

test('Two settlements of a server keep the time of the first', async () => {
  const { server } = await busyServer();
  await recordStop(server.serverId, proofOf());
  const { settledAt } = await getServer(server.serverId);
  await settleServer(await getServer(server.serverId));
  expect((await getServer(server.serverId)).settledAt).toBe(settledAt);
});
