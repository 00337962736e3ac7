/** Programs that the trials on other engines run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string>>;

export const REPOSITORY = join(import.meta.dirname, '..', '..');

/** Starts a program that prints to this process's output. */
export function start([program = '', ...args]: readonly string[], environment: Environment = {}): ChildProcess {
  const env = { ...process.env, ...environment };
  return spawn(program, args, { cwd: REPOSITORY, stdio: ['ignore', 'inherit', 'inherit'], env });
}

/** Runs a program to its end. Returns whether it succeeded. */
export async function run(command: readonly string[], environment?: Environment): Promise<boolean> {
  const [code] = await once(start(command, environment), 'close');
  return code === 0;
}

/** Runs suites of tests by their patterns, one at a time: the other engines are slow. */
export async function runTests(patterns: readonly string[], environment: Environment): Promise<boolean> {
  return await run(['npm', 'run', '--silent', 'jest', '--', '--runInBand', '--forceExit', ...patterns], environment);
}

/** Ends a program that `start` has started. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}
