/** A slot's process that dies before an attempt of it begins, and what others of the machine do meanwhile. */
import { spawn } from 'node:child_process';
import { afterEach, expect, test } from '@jest/globals';
import type { Carrier } from '#server/execution/carriers/carrier';
import { HandlerProcess } from '#server/execution/carriers/handler-process';
import { KeptHost } from '#server/execution/kept-host';

const PACE = { burstBytes: 65_536, bytesPerSecond: 65_536 };
const carriers: Carrier[] = [];
const host = new KeptHost(
  (listener) => {
    const carrier = new HandlerProcess({ maxHeapMb: 64, pace: PACE }, listener);
    carriers.push(carrier);
    return carrier;
  },
  () => undefined,
);
const retired: KeptHost[] = [];
afterEach(async () => {
  for (const each of [host, ...retired.splice(0)]) await each.close();
});

const attempt = (taskId: string) => ({ jobId: 'job', taskId, attempt: 1, handler: 'echo', input: taskId });

test('An attempt that comes while the remains of a dead process are cleared away runs in a new one', async () => {
  await host.describe();
  const [first] = carriers;
  process.kill(first?.group ?? 0, 'SIGKILL');
  await first?.exited;
  const running = host.start(attempt('next'));
  expect(await running.ended).toEqual({ outcome: 'Finished', result: 'next' });
  expect(carriers).toHaveLength(2);
});

test('An attempt that is sent to a process that dies in that moment has not run', async () => {
  await host.describe();
  process.kill(carriers.at(-1)?.group ?? 0, 'SIGKILL');
  // The server hears of the death in a later turn.
  const running = host.start(attempt('lost'));
  expect(await running.ended).toEqual({ outcome: 'NotStarted', why: 'its process ended by SIGKILL' });
  expect(await host.start(attempt('next')).ended).toEqual({ outcome: 'Finished', result: 'next' });
});

test('The programs that others start meanwhile cost a slot nothing', async () => {
  const others = spawn('/bin/sh', ['-c', 'while :; do /bin/true; done'], { stdio: 'ignore' });
  const own = carriers.length;
  try {
    await host.describe();
    for (let count = 0; count < 200; count += 1) await host.start(attempt(String(count))).ended;
  } finally {
    others.kill('SIGKILL');
  }
  expect(carriers.length - own).toBeLessThanOrEqual(1);
});

test('An attempt that is stopped while its process loads the handlers has not run', async () => {
  await host.close();
  const running = host.start(attempt('early'));
  running.stop();
  expect(await running.ended).toEqual({ outcome: 'Stopped', hasRun: false });
});

test('A slot that is retired gets no new process when an attempt in its last one is stopped', async () => {
  const started = Promise.withResolvers<void>();
  let opened = 0;
  const slot = new KeptHost(
    (listener) => {
      opened += 1;
      return new HandlerProcess({ maxHeapMb: 64, pace: PACE }, (report) => {
        listener(report);
        if (report.type === 'started') started.resolve();
      });
    },
    () => undefined,
  );
  retired.push(slot);
  const running = slot.start({ ...attempt('stopped'), handler: 'sleep', input: { seconds: 600 } });
  await started.promise;
  slot.retire();
  running.stop();
  expect(await running.ended).toEqual({ outcome: 'Stopped' });
  expect(opened).toBe(1);
});
