/** Runs a program that knows nothing of us so that it cannot outlive us, not even when we are killed with -9. */
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { readLines } from './lines.ts';

export type GuardedProcess = {
  /** Settles when the program has ended, with what to tell of it; never rejects. */
  readonly ended: Promise<string>;
  /** SIGTERM, then SIGKILL after the limit; returns when the program has ended. Repeating it does no harm. */
  stop(limitMs: number): Promise<void>;
};

// The watcher holds the other end of a pipe of ours: a line means "end", the end of the pipe means that we are gone.
// The program and the shell close that pipe, so that only the watcher reads it. The shell ends as the program ends.
const GUARD = `
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
( while read -r line; do kill -TERM "$program"; done; kill -KILL "$program" ) <&3 2>/dev/null &
watcher=$!
exec 3<&-
wait "$program"
status=$?
kill -KILL "$watcher" 2>/dev/null
exit "$status"
`;

/** Starts the program under its guard; what it prints goes to `onLine`. */
export function startGuarded(command: readonly string[], onLine: (line: string) => void): GuardedProcess {
  // Its own process group keeps a Ctrl-C of the terminal from it: we stop it when its turn has come.
  const guard = spawn('/bin/sh', ['-c', GUARD, 'sh', ...command], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  // Writing to a guard that has just ended fails; that it ended is told by its exit.
  guard.stdin.on('error', () => {});
  readLines(guard.stdout, onLine);
  readLines(guard.stderr, onLine);
  const ended = new Promise<string>((resolve) => {
    guard.once('error', (error) => resolve(`cannot start: ${error.message}`));
    // Should the guard itself have been killed, the end of the pipe still makes the watcher kill the program.
    guard.once('exit', (code, signal) => {
      guard.stdin.destroy();
      resolve(signal === null ? `ended with exit code ${code}` : `was killed with ${signal}`);
    });
  });
  return { ended, stop: (limitMs) => stop(guard.stdin, ended, limitMs) };
}

async function stop(pipe: Writable, ended: Promise<string>, limitMs: number): Promise<void> {
  if (pipe.writable) pipe.write('end\n');
  const patience = new AbortController();
  const late = wait(limitMs, undefined, { signal: patience.signal }).then(
    () => pipe.end(),
    // Only the program's end cuts the wait short.
    () => undefined,
  );
  await ended;
  patience.abort();
  await late;
}
