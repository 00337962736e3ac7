import { execFileSync } from 'node:child_process';
import { z } from 'zod';
import { MAX_TIMEOUT_SECONDS } from '#domain/limits';
import { defineHandler } from '#server/sdk';

const inputSchema = z.strictObject({ seconds: z.number().min(0).max(MAX_TIMEOUT_SECONDS) });

/** An unmanaged wait: it waits in native code, so that nothing within the process can stop it. */
export const blockHandler = defineHandler({
  name: 'block',
  isolation: 'thread',
  input: inputSchema,
  run: waitInNativeCode,
});

/** The same wait in a process of its own, where a forced stop ends it at once. */
export const isolatedBlockHandler = defineHandler({
  name: 'block.isolated',
  isolation: 'process',
  input: inputSchema,
  run: waitInNativeCode,
});

function waitInNativeCode({ seconds }: z.infer<typeof inputSchema>): { seconds: number } {
  // The program is in this process's group: killing the group ends it too.
  execFileSync('sleep', [String(seconds)], { stdio: ['ignore', 'ignore', 'inherit'] });
  return { seconds };
}
