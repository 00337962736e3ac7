import { execFileSync } from 'node:child_process';
import { z } from 'zod';
import { MAX_TIMEOUT_SECONDS } from '#domain/limits';
import { defineHandler } from '#server/sdk';

const input = z.strictObject({ seconds: z.number().min(0).max(MAX_TIMEOUT_SECONDS) });

/** An unmanaged wait: blocked in native code, cannot be stopped from within the process. */
export const block = defineHandler({ name: 'block', input, run: waitInNativeCode });

/** The same wait in a process of its own, where a forced stop ends it at once. */
export const isolatedBlock = defineHandler({
  name: 'block.isolated',
  isolation: 'process',
  input,
  run: waitInNativeCode,
});

function waitInNativeCode({ seconds }: z.infer<typeof input>): { seconds: number } {
  // The program stays in this process's group, so that killing the group ends it too.
  execFileSync('sleep', [String(seconds)], { stdio: ['ignore', 'ignore', 'inherit'] });
  return { seconds };
}
