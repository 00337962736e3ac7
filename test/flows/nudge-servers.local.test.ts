/** Idle servers start a task because they are nudged; without the queue of nudges they find it by themselves. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { submitJob, untilFinal, untilRunning } from '#test/support/flows/records';
import { type System, startSystem } from '#test/support/flows/system';
import { startSqsTrial } from '#test/support/local/sqs-trial';

// With heartbeats this long, servers that hear nudges look by themselves only once a minute.
const ARGS = ['--servers', '2', '--slots', '1', '--heartbeat-seconds', '60', '--drain-seconds', '600'];
const LIMIT_MS = 30_000;

const sqs = await startSqsTrial();
let system: System;
beforeAll(async () => {
  system = await startSystem({ args: ARGS, env: sqs.environment });
});
afterAll(async () => {
  await system.stop();
  await sqs.close();
});

const echo = { name: 'nudged', tasks: [{ handler: 'echo' }] };

/** Settles when a request of this kind has come. */
function asked(wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = sqs.wire.onCall(({ operation }) => {
      if (operation !== wanted) return;
      stop();
      resolve();
    });
  });
}

test('a job nudges one of the servers that wait, which starts its task and ends the nudge', async () => {
  const [sent, ended] = [asked('SendMessageBatch'), asked('DeleteMessage')];
  const { jobId } = await submitJob(system, echo);
  await Promise.all([sent, ended]);
  expect((await untilFinal(system, jobId, LIMIT_MS)).status).toBe('Finished');
});

test('servers start a job when the queue takes and gives no messages', async () => {
  const isBack = sqs.wire.refuse(() => true, 'InternalFailure');
  const { jobId } = await submitJob(system, echo);
  expect((await untilFinal(system, jobId, LIMIT_MS)).status).toBe('Finished');
  isBack();
});

test('a server that is full leaves the nudge to one that has a free slot', async () => {
  const ended = asked('DeleteMessage');
  const sleeping = { handler: 'sleep', input: { seconds: 600, cooperative: true } };
  const long = await submitJob(system, { name: 'long', tasks: [sleeping] });
  await untilRunning(system, long.jobId, 1);
  const { jobId } = await submitJob(system, echo);
  await ended;
  expect((await untilFinal(system, jobId, LIMIT_MS)).status).toBe('Finished');
});
