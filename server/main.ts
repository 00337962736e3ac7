/** The program of a batch server's container. It ends on a signal, when it is fenced, or after its supervisor. */
import { fstatSync } from 'node:fs';
import { BatchServer } from './batch-server.ts';
import { log } from './log.ts';
import { readSettings } from './settings.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Ends this process and its group with SIGKILL: a handler in native code would block any cleaner end. */
function die(why: string): never {
  log('The server ends at once.', { why });
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch (error) {
    // Under an init process it leads no group: then it ends only itself.
    log('The server has no process group of its own.', { error });
  }
  process.kill(process.pid, 'SIGKILL');
  return process.exit(1);
}

/** A supervisor holds the other end of standard input, which closes when it ends. On ECS, it is /dev/null. */
function endWithSupervisor(): void {
  const input = fstatSync(0);
  if (!input.isFIFO() && !input.isSocket()) return;
  process.stdin.on('end', () => die('The supervisor has ended.'));
  process.stdin.on('error', () => die('The supervisor has ended.'));
  process.stdin.resume();
}

/**
 * Node ends a process with an uncaught error by itself, but waits for its threads, so a handler in native code would
 * hold it for as long as it likes. Such an error is also a line of the log that has no reader any more.
 */
function endWithErrors(): void {
  process.on('uncaughtException', (error) => die(`An error was not caught: ${error.stack}`));
}

function fail(error: unknown): never {
  log('The server could not start.', { error });
  return process.exit(1);
}

endWithSupervisor();
endWithErrors();
const server = await BatchServer.start(readSettings(process.env), die).catch(fail);

let isStopping = false;
for (const signal of STOP_SIGNALS) process.on(signal, () => stop(signal));

/** Terminals and service managers send more than one signal: the first begins the stop, others change nothing. */
function stop(signal: string): void {
  if (isStopping) return;
  isStopping = true;
  log('The server stops: it claims nothing more and lets its tasks end.', { signal });
  server.stop(signal).then(
    () => process.exit(0),
    (error: unknown) => die(`Stopping failed: ${error instanceof Error ? error.message : error}`),
  );
}
