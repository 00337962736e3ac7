/** Runs a foreign program that cannot outlive this process, even after a SIGKILL. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { readLines } from './lines.ts';

// The watcher reads a pipe from this process. A line means "end"; the end of the pipe means that this process has died.
// The program and the shell close the pipe, so only the watcher reads it. The shell ends when the program ends.
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

/** A program under its guard. */
export class GuardedProcess {
  /** How the program ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  readonly #guard: ChildProcessByStdio<Writable, Readable, Readable>;

  /** Starts the program with these variables beside those of this process. What it prints goes to `onLine`. */
  constructor(command: readonly string[], onLine: (line: string) => void, variables: NodeJS.ProcessEnv = {}) {
    const argv = ['-c', GUARD, 'sh', ...command];
    const env = { ...process.env, ...variables };
    // In its own process group a Ctrl-C of the terminal does not reach it; `stop` ends it in its turn.
    this.#guard = spawn('/bin/sh', argv, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env });
    // Writing to a guard that has just ended fails; its exit reports that it ended.
    this.#guard.stdin.on('error', () => {});
    readLines(this.#guard.stdout, onLine);
    readLines(this.#guard.stderr, onLine);
    this.ended = this.#untilEnded();
  }

  /** Sends SIGTERM, and SIGKILL after the limit. Returns when the program has ended. May be repeated. */
  async stop(limitMs: number): Promise<void> {
    const pipe = this.#guard.stdin;
    if (pipe.writable) pipe.write('end\n');
    const timer = setTimeout(() => pipe.end(), limitMs);
    await this.ended;
    clearTimeout(timer);
  }

  #untilEnded(): Promise<string> {
    return new Promise((resolve) => {
      this.#guard.once('error', (error) => resolve(`cannot start: ${error.message}`));
      this.#guard.once('exit', (code, signal) => {
        // If the guard itself was killed, the end of the pipe makes the watcher kill the program.
        this.#guard.stdin.destroy();
        resolve(signal === null ? `ended with exit code ${code}` : `was killed with ${signal}`);
      });
    });
  }
}
