/** A function for trials of Lambda: the event says what it does. */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const eventSchema = z.object({
  do: z.enum(['return', 'write-later', 'reject-later', 'wait', 'throw', 'exit', 'fill-heap', 'fill-buffers', 'large']),
  path: z.string().default(''),
});
export const LATER_MS = 300;
const MEGABYTE = 1024 * 1024;

if (process.env.FAIL_TO_LOAD === 'throw') throw new RangeError('not today');
if (process.env.FAIL_TO_LOAD === 'wait') await new Promise(() => setInterval(() => {}, 1_000));

let calls = 0;

export async function handler(event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<unknown> {
  calls += 1;
  const { do: act, path } = eventSchema.parse(event);
  if (act === 'write-later') setTimeout(() => writeFileSync(path, `call ${calls}`), LATER_MS);
  if (act === 'reject-later') setTimeout(() => Promise.reject(new Error('left behind')), LATER_MS);
  if (act === 'wait') await new Promise(() => {});
  if (act === 'throw') throw new RangeError('out of range');
  if (act === 'exit') process.exit(3);
  if (act === 'fill-heap') for (const kept: string[][] = []; ; ) kept.push(Array.from({ length: MEGABYTE }, String));
  if (act === 'fill-buffers') {
    for (const kept: Buffer[] = []; ; await sleep(1)) kept.push(Buffer.alloc(8 * MEGABYTE, 1));
  }
  if (act === 'large') return 'x'.repeat(6 * MEGABYTE + 200);
  return { calls, pid: process.pid, remainingMs: context.getRemainingTimeInMillis(), context, variables: process.env };
}
