/** One execution environment of a function: a process that runs one call at a time and is frozen between two calls. */
import { randomUUID } from 'node:crypto';
import { extname, join } from 'node:path';
import { readLines } from '#processes/lines';
import { type Exit, ProcessGroup } from '#processes/process-group';
import { residentBytes } from '#processes/process-table';
import { arnOf } from './arns.ts';
import { FunctionFailed, FunctionTimedOut, RuntimeExited } from './errors.ts';
import { MEMORY_CHECK_MS } from './limits.ts';
import { type Call, type Report, reportSchema } from './messages.ts';
import { parseResult } from './payload.ts';
import { type FunctionProgram, heapOptions, variablesOf } from './program.ts';

type EnvironmentOptions = {
  readonly program: FunctionProgram;
  readonly environment: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
};
type Outcome = Report | { readonly type: 'late' } | { readonly type: 'exited'; readonly exit: Exit };

const RUNTIME = join(import.meta.dirname, `runtime-main${extname(import.meta.filename)}`);
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning'];
const MEGABYTE = 1024 * 1024;

/** A process of one function. */
export class ExecutionEnvironment {
  /** Resolves when nothing of it is left. */
  readonly gone: Promise<unknown>;
  readonly #program: FunctionProgram;
  readonly #group: ProcessGroup;
  #isAlive = true;
  #isOutOfMemory = false;
  #outcome = Promise.withResolvers<Outcome>();

  /** Starts the process; `init` waits until it is ready. */
  constructor({ program, environment, log }: EnvironmentOptions) {
    this.#program = program;
    this.#group = ProcessGroup.start({
      argv: [process.execPath, ...NODE_OPTIONS, ...heapOptions(program), RUNTIME, program.file],
      env: { ...environment, ...variablesOf(program) },
      stdio: ['ignore', 'pipe', 'pipe'],
      channel: 'ipc',
    });
    this.gone = this.#group.gone.then((exit) => this.#outcome.resolve({ type: 'exited', exit }));
    this.#listen(log);
  }

  /** Whether it can take another call. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /**
   * Loads the function's file.
   * @throws FunctionTimedOut after the limit, FunctionFailed or RuntimeExited if the file cannot be loaded
   */
  async init(limitMs: number): Promise<void> {
    await this.#untilReport(randomUUID(), limitMs);
  }

  /**
   * Thaws the process, hands it the event (JSON), returns its result, and freezes it again.
   * @throws FunctionFailed, FunctionTimedOut, RuntimeExited, ResultTooLarge
   */
  async invoke(event: string): Promise<unknown> {
    const requestId = randomUUID();
    const { name, timeoutSeconds } = this.#program;
    const deadlineMs = Date.now() + timeoutSeconds * 1000;
    this.#outcome = Promise.withResolvers();
    this.#group.thaw();
    this.#send({ requestId, functionArn: arnOf(name), deadlineMs, event });
    const watch = setInterval(() => this.#checkMemory(), MEMORY_CHECK_MS);
    try {
      return parseResult(await this.#untilReport(requestId, timeoutSeconds * 1000));
    } finally {
      clearInterval(watch);
      this.#group.freeze();
    }
  }

  /** Ends it at once, as Lambda ends an environment without extensions. */
  kill(): void {
    this.#isAlive = false;
    this.#group.kill();
  }

  #listen(log: (line: string) => void): void {
    const { leader } = this.#group;
    for (const output of [leader.stdout, leader.stderr]) if (output !== null) readLines(output, log);
    leader.on('message', (message) => this.#outcome.resolve(reportSchema.parse(message)));
    leader.once('exit', () => {
      this.#isAlive = false;
    });
  }

  /** A send to a process that has just ended fails. It needs no care: the exit ends the call. */
  #send(call: Call): void {
    const { leader } = this.#group;
    if (leader.connected) leader.send(call, () => undefined);
  }

  async #untilReport(requestId: string, limitMs: number): Promise<string> {
    const timer = setTimeout(() => this.#outcome.resolve({ type: 'late' }), limitMs);
    const outcome = await this.#outcome.promise;
    clearTimeout(timer);
    if (outcome.type === 'ready') return '';
    if (outcome.type === 'returned') return outcome.result;
    if (outcome.type === 'late' || outcome.type === 'exited' || outcome.isFatal) this.kill();
    if (outcome.type === 'failed') throw new FunctionFailed(outcome.error);
    if (outcome.type === 'late') throw new FunctionTimedOut({ requestId, timeoutSeconds: limitMs / 1000 });
    throw new RuntimeExited(requestId, { exit: wordsOf(outcome.exit), isOutOfMemory: this.#isOutOfMemory });
  }

  /** The kernel of a real environment ends the process as soon as the memory is used up. */
  #checkMemory(): void {
    const bytes = residentBytes(this.#group.leader.pid ?? 0) ?? 0;
    if (bytes <= this.#program.memoryMb * MEGABYTE) return;
    this.#isOutOfMemory = true;
    this.kill();
  }
}

function wordsOf({ code, signal, fault }: Exit): string {
  if (fault !== undefined) return String(fault);
  return signal === null ? `exit status ${code}` : `signal: ${signal}`;
}
