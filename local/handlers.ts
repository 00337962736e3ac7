/** Checks the user's own handlers before a server starts with them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { StartFailed } from './errors.ts';

const PROGRAM = join(dirname(import.meta.dirname), 'server', `check-handlers${extname(import.meta.filename)}`);
const LIMIT_MS = 20_000;

/** @throws StartFailed with the reason why a server could not load the file */
export async function checkHandlers(file: string): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, file], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
  });
  const [reason, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (exitCode === 0) return;
  throw new StartFailed(reason.trim() || `Loading the handlers file ${file} did not end within ${LIMIT_MS / 1000} s.`);
}
