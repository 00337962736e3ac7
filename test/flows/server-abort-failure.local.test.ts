/**
 * A step that fails for good ends the abort as Failed, with step and reason. Its servers go back to work, and the job
 * can be aborted again.
 */
import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { Closing } from '#local/closing';
import { startHost } from '#local/host';
import { optionsOf } from '#local/options';
import {
  ABORT_LIMIT_MS,
  abortJob,
  activeServers,
  onlyTask,
  readAbort,
  readEvents,
  runTask,
  switchFeature,
  untilEnded,
} from '#test/support/flows/aborts';
import { type Client, clientOf, issuedToken } from '#test/support/flows/client';
import { makeDirectory } from '#test/support/flows/directory';
import { freePorts } from '#test/support/flows/ports';
import {
  cancelJob,
  readJob,
  readServers,
  submitJob,
  tasksOf,
  untilFinal,
  untilRunning,
} from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const LIMITS = ['--servers', '2', '--slots', '2', '--drain-seconds', '120', '--heartbeat-seconds', '1'];
const OPTIONS = optionsOf(...LIMITS, '--handlers', WITNESS);
const FILE = join(makeDirectory('abort-failure'), 'witnessed');

const closing = new Closing();
let system: Client;
/** Stands between the functions and ECS, and refuses to stop containers while `refusesStops` is true. */
let refusesStops = true;
let relay: HttpServer | undefined;
beforeAll(async () => {
  const port = await freePorts(4);
  // In this process, so that its functions can be given another way to ECS.
  const url = await startHost({ options: { ...OPTIONS, port }, closing, log: () => {}, onLost: () => {} });
  relay = await openRelay(`http://127.0.0.1:${port + 3}`);
  process.env.AWS_ENDPOINT_URL_ECS = `http://127.0.0.1:${z.object({ port: z.number() }).parse(relay.address()).port}`;
  system = clientOf(url, issuedToken);
  await switchFeature(system, true);
  await eventually(async () => (await activeServers(system)).length === 2, { limitMs: 20_000 });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await closing.close();
  relay?.closeAllConnections();
  relay?.close();
});

async function openRelay(ecsUrl: string): Promise<HttpServer> {
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const body = await text(request);
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
    if (refusesStops && target.endsWith('.StopTask')) {
      response.writeHead(400, headers).end(JSON.stringify({ __type: 'AccessDeniedException', message: 'not for you' }));
      return;
    }
    const reply = await fetch(ecsUrl, { method: 'POST', headers, body });
    response.writeHead(reply.status, headers).end(await reply.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

test('a stop that ECS refuses for good fails the abort, and all its servers go back to work, also one that still drains', async () => {
  // The waits between the attempts have full jitter: none at its least.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const { jobId } = await submitJob(system, { tasks: tasksOf(3, { handler: 'block', input: { seconds: 600 } }) });
  await untilRunning(system, jobId, 3);
  // It takes the last of the four slots: one of the two servers waits for it.
  const bystander = await runTask(system, { handler: 'witness', input: { file: FILE, kind: 'held' } });
  await cancelJob(system, jobId);
  const before = await activeServers(system);
  const { abortId } = await abortJob(system, jobId);
  const ended = await untilEnded(system, abortId);
  expect(ended).toMatchObject({
    status: 'Failed',
    failure: { step: 'StopServer', reason: 'AccessDeniedException: not for you' },
    tasks: Array.from({ length: 3 }, () => ({ outcome: 'NotStopped' })),
  });
  expect(ended.timeline.at(-1)).toMatchObject({ type: 'Failed', step: 'StopServer' });
  const servers = await readServers(system);
  expect(await activeServers(system)).toEqual(before);
  for (const server of servers) {
    for (const trace of ['drain', 'drainingAt', 'stopRequestedAt', 'abortId']) expect(server).not.toHaveProperty(trace);
  }
  expect(await readJob(system, jobId)).toMatchObject({ status: 'Cancelling', taskCounts: { Cancelling: 3 } });
  expect(await readEvents(system, jobId)).toContainEqual(
    expect.objectContaining({ type: 'AbortFailed', abortId, step: 'StopServer' }),
  );
  release(FILE);
  await untilFinal(system, bystander.jobId, 40_000);
  expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ attempt: 1, outcome: 'Finished' }]);

  // Both servers work again. Once the cause is mended, the job can be aborted again.
  const { jobId: next } = await submitJob(system, { tasks: tasksOf(4, { handler: 'echo' }) });
  await untilFinal(system, next, 20_000);
  refusesStops = false;
  const second = await untilEnded(system, (await abortJob(system, jobId)).abortId);
  expect(second).toMatchObject({ status: 'Completed', servers: [{}, {}] });
  expect(second.tasks.map(({ outcome }) => outcome)).toEqual(['Cancelled', 'Cancelled', 'Cancelled']);
  expect(await untilFinal(system, jobId, 20_000)).toMatchObject({ status: 'Cancelled', abortId: second.abortId });
  expect(await readAbort(system, abortId)).toMatchObject({ status: 'Failed', endedAt: ended.endedAt });
  await eventually(async () => (await activeServers(system)).length === 2, { limitMs: ABORT_LIMIT_MS });
});
