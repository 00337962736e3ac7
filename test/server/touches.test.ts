import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { z } from 'zod';
import { orderAbort } from '#engine/aborts/order-abort';
import { awaitDrain } from '#engine/servers/drain-server';
import { SERVER_TOUCHES } from '#functions/catalog/catalog';
import { containerEnvironment, functionEnvironment } from '#local/environment';
import { optionsOf } from '#local/options';
import { getAbort } from '#store/aborts';
import { registerGroups } from '#store/groups';
import { findJob } from '#store/jobs';
import { listServers } from '#store/reads/list-servers';
import { readRunTimes } from '#store/run-times';
import { getServer } from '#store/servers';
import { eventually } from '#test/support/flows/system';
import { abortOn, cancelAll } from '#test/support/functions/aborting';
import { Recorder } from '#test/support/functions/recording';
import { endTrials, Feed, newFolder, PROGRAMS, startTrial } from '#test/support/local/ecs-trial';
import { startSqsTrial } from '#test/support/local/sqs-trial';
import { awaiting, Trial } from '#test/support/local/stepfunctions-trial';
import { startStore } from '#test/support/store/engine';
import { submit } from '#test/support/store/trial';
import { openWire } from '#test/support/store/wire';

const PROGRAM = join(import.meta.dirname, '..', '..', 'server', 'main.ts');
const PATIENCE = { limitMs: 20_000 };
/** How often a hot request is sent before it fails: once the fast way, then by the SDK. */
const SENDS = 7;
/** What a server does with a nudge that it cannot use. */
const GIVES_BACK = 'ChangeMessageVisibility';
/** The ECS agent does this for the container: the request does not come from the container itself. */
const BY_AGENT = 'ecs:UpdateTaskProtection';

const engine = await startStore();

const tokens = new Feed<string>();
const callback = z.object({ token: z.string() });
const workflow = await Trial.start({
  states: { Drain: awaiting() },
  lambda: (payload) => tokens.add(callback.parse(payload).token),
  realTime: true,
});
// The server has its own wires: the requests of the test are not on them.
const dynamoDb = await openWire(engine.url);
const stepFunctions = await openWire(workflow.url);
const sqs = await startSqsTrial();
// The server ends before its engine does.
afterEach(endTrials);
afterAll(async () => {
  await Trial.closeAll();
  await Promise.all([dynamoDb.close(), stepFunctions.close(), sqs.close()]);
});

/** Starts the program as the ECS service does, in a container. */
async function startServer() {
  const options = { ...optionsOf('--servers', '1', '--slots', '2'), heartbeatSeconds: 0.5 };
  await startTrial(PROGRAMS.polite, {
    command: [process.execPath, '--disable-warning=ExperimentalWarning', PROGRAM],
    environment: {
      ...containerEnvironment(options, functionEnvironment(options, dynamoDb.url), newFolder()),
      AWS_ENDPOINT_URL_SFN: stepFunctions.url,
      ...sqs.environment,
      LASTCALL_TABLE_PREFIX: process.env.LASTCALL_TABLE_PREFIX ?? '',
    },
  });
  return eventually(async () => (await listServers())[0], PATIENCE);
}

const finished = ({ jobId }: { jobId: string }) =>
  eventually(async () => (await findJob(jobId))?.status === 'Finished', PATIENCE);

async function runDependents(): Promise<void> {
  // The first two are claimed in one request.
  const dependsOn = [{ taskId: 'a', expected: 'Finished' as const }];
  await finished(await submit([{ taskId: 'a' }, { taskId: 'b' }, { dependsOn }]));
  await eventually(async () => (await readRunTimes(['echo'])).size > 0, PATIENCE);
}

/** The server looks for others that have the handler, and fails the task. */
async function missHandler(): Promise<void> {
  const { jobId } = await submit([{ handler: 'unknown' }]);
  await eventually(async () => (await findJob(jobId))?.status === 'Error', PATIENCE);
}

/** The read after a claim fails until the SDK gives up: the server gives back what it has claimed. */
async function recoverFromFault(): Promise<void> {
  const lost = Array.from({ length: SENDS }, () =>
    dynamoDb.loseReply(({ operation, body }) => operation === 'BatchGetItem' && body.includes('-servers"')),
  );
  const job = await submit();
  await Promise.all(lost);
  await finished(job);
}

/** A running task whose job is cancelled and which does not end by itself. */
async function deafTask() {
  const job = await submit([{ taskId: 'deaf', handler: 'spin', input: { seconds: 60 } }]);
  // The job is Executing once the handler has started; the task is from its claim on.
  await eventually(async () => (await findJob(job.jobId))?.status === 'Executing', PATIENCE);
  return cancelAll(job);
}

test('The server does on AWS exactly what its touches say', async () => {
  const recorder = new Recorder({ dynamoDb, stepFunctions, sqs: sqs.wire });
  await registerGroups(['default']);
  await recorder.recordActions('server', async () => {
    // A server looks over the whole index, and under the keys of its groups if many jobs wait.
    const startAt = new Date(Date.now() + 600_000).toISOString();
    await Promise.all(Array.from({ length: 65 }, () => submit([{}], { batchGroup: 'others', startAt })));
    const server = await startServer();
    await runDependents();
    await missHandler();
    await recoverFromFault();
    const stopped = await abortOn(await deafTask(), server, { mode: 'task', status: 'Stopping', serverIds: [] });
    await orderAbort(stopped);
    await eventually(async () => (await getAbort(stopped.abortId)).status === 'Completed', PATIENCE);
    const execution = await workflow.run();
    const token = await tokens.until('the callback', () => true);
    const { abortId } = await abortOn(await deafTask(), server);
    await awaitDrain(server.serverId, { abortId, token });
    await eventually(async () => (await getServer(server.serverId)).drainedAt, PATIENCE);
    const given = new Promise((resolve) => sqs.wire.onCall((call) => call.operation === GIVES_BACK && resolve(call)));
    await sqs.nudge();
    await given;
    expect((await workflow.ended(execution)).status).toBe('SUCCEEDED');
  });
  expect(recorder.actionsOf('server')).toEqual(SERVER_TOUCHES.filter((touch) => touch !== BY_AGENT).sort());
}, 60_000);
