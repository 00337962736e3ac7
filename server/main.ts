/** The program of a batch server's container. It ends when told to, when fenced, and when its supervisor is gone. */
import { fstatSync } from 'node:fs';
import { startServer } from './batch-server.ts';
import { log } from './log.ts';
import { readSettings } from './settings.ts';

/** Ends this process and its whole group by SIGKILL: a handler in native code would block any cleaner end. */
function die(why: string): never {
  log('The server ends at once.', { why });
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch (error) {
    // Not the leader of a group, as under an init process: then there is only ourselves to end.
    log('The server has no process group of its own.', { error });
  }
  process.kill(process.pid, 'SIGKILL');
  return process.exit(1);
}

/** Where a supervisor holds our standard input, its end tells that the supervisor is gone. (On ECS it is /dev/null.) */
function endWithSupervisor(): void {
  const input = fstatSync(0);
  if (!input.isFIFO() && !input.isSocket()) return;
  process.stdin.on('end', () => die('The supervisor is gone.'));
  process.stdin.on('error', () => die('The supervisor is gone.'));
  process.stdin.resume();
}

function fail(error: unknown): never {
  log('The server could not start.', { error });
  return process.exit(1);
}

endWithSupervisor();
const server = await startServer(readSettings(process.env), die).catch(fail);

process.once('SIGTERM', () => {
  log('The server stops: it claims nothing more and lets its tasks end.');
  server.stop().then(
    () => process.exit(0),
    (error: unknown) => die(`Stopping failed: ${error instanceof Error ? error.message : error}`),
  );
});
