import type { ChildProcess } from 'node:child_process';
import { MAX_ERROR_CHARACTERS, MAX_RESULT_BYTES } from '#domain/limits';

/** Half of an error's message: the other half is for the words around it. */
const STDERR_TAIL_CHARACTERS = MAX_ERROR_CHARACTERS / 2;

/** What a program writes: stdout up to the limit of a result, and the end of stderr. The server's stderr gets all. */
export class CommandOutput {
  #stdout = '';
  #stdoutBytes = 0;
  #stderrTail = '';

  constructor({ stdout, stderr }: ChildProcess) {
    stdout?.setEncoding('utf8').on('data', (chunk: string) => this.#addStdout(chunk));
    stderr?.setEncoding('utf8').on('data', (chunk: string) => this.#addStderr(chunk));
  }

  /** Complete if `stdoutBytes` is within `MAX_RESULT_BYTES`. */
  get stdout(): string {
    return this.#stdout;
  }

  get stdoutBytes(): number {
    return this.#stdoutBytes;
  }

  get stderrTail(): string {
    return this.#stderrTail;
  }

  #addStdout(chunk: string): void {
    this.#stdoutBytes += Buffer.byteLength(chunk);
    if (this.#stdoutBytes <= MAX_RESULT_BYTES) this.#stdout += chunk;
  }

  #addStderr(chunk: string): void {
    process.stderr.write(chunk);
    this.#stderrTail = (this.#stderrTail + chunk).slice(-STDERR_TAIL_CHARACTERS);
  }
}
