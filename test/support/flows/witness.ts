/** Handlers that write down, outside all records, when they truly ran: `startSystem({ args: ['--handlers', WITNESS] })`. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { defineHandler, z } from 'lastcall/sdk';

/** How often a run says that it is still there: what was killed without a word ended at most so long after its last line. */
const PULSE_MS = 50;

const witness = defineHandler({
  name: 'witness',
  input: z.strictObject({ file: z.string(), seconds: z.number(), fails: z.boolean().default(false) }),
  async run({ file, seconds, fails }, { jobId, taskId, attempt }) {
    const say = (what: string) =>
      appendFileSync(file, `${JSON.stringify({ what, at: Date.now(), jobId, taskId, attempt, pid: process.pid })}\n`);
    say('start');
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      await sleepFor(Math.min(PULSE_MS, end - Date.now()));
      say('pulse');
    }
    say('end');
    if (fails) throw new Error('This witness was asked to fail.');
    return { attempt };
  },
});

export default [witness];
