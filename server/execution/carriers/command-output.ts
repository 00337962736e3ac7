import { MAX_ERROR_CHARACTERS, MAX_RESULT_BYTES } from '#domain/limits';
import { type Pace, readPaced } from '#processes/paced-output';
import type { ProcessGroup } from '#processes/process-group';

/** Half of an error's message: the other half is for the words around it. */
const STDERR_TAIL_CHARACTERS = MAX_ERROR_CHARACTERS / 2;

/** What a program writes: stdout up to the limit of a result, and the end of stderr. The server's stderr gets all. */
export class CommandOutput {
  readonly #stdout: Buffer[] = [];
  #stdoutBytes = 0;
  #stderrTail = '';

  constructor({ leader: { stdout, stderr }, exit: writerEnd }: ProcessGroup, pace: Pace) {
    if (stdout) readPaced(stdout, { ...pace, writerEnd }, (chunk) => this.#addStdout(chunk));
    if (stderr) readPaced(stderr, { ...pace, writerEnd }, (chunk) => this.#addStderr(chunk));
  }

  /** What the program wrote to stdout; undefined if that is not UTF-8. */
  get utf8(): string | undefined {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(this.#stdout));
    } catch {
      return undefined;
    }
  }

  /** The same as text: what is not UTF-8 is replaced. */
  get text(): string {
    return Buffer.concat(this.#stdout).toString('utf8');
  }

  /** Why it is too much for a result; undefined if it is not. */
  get tooMuch(): string | undefined {
    if (this.#stdoutBytes <= MAX_RESULT_BYTES) return undefined;
    const limit = `the limit is ${MAX_RESULT_BYTES}; write what is not the result to stderr`;
    return `The program wrote ${this.#stdoutBytes} bytes to stdout, ${limit}.`;
  }

  get stderrTail(): string {
    return this.#stderrTail;
  }

  #addStdout(chunk: Buffer): void {
    this.#stdoutBytes += chunk.length;
    if (this.#stdoutBytes <= MAX_RESULT_BYTES) this.#stdout.push(chunk);
  }

  #addStderr(chunk: Buffer): void {
    this.#stderrTail = (this.#stderrTail + chunk.toString('utf8')).slice(-STDERR_TAIL_CHARACTERS);
    process.stderr.write(chunk);
  }
}
