/** The user's own handlers, looked at before any server is started with them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

const PROGRAM = join(dirname(import.meta.dirname), 'server', 'check-handlers.ts');
const LIMIT_MS = 20_000;

/** Throws with the reason when a server could not load the file: it would end at each start. */
export async function checkHandlers(file: string): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
  });
  const [reason, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (exitCode !== 0) throw new Error(reason.trim() || `Handlers file ${file} does not come to its end when loaded.`);
}
