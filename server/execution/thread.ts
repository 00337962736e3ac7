import { Worker } from 'node:worker_threads';
import type { Attempt, Log } from './attempt.ts';
import { logOf } from './attempt.ts';
import { failed } from './ending.ts';
import { endingOf, type HandlerSummary, type Order, reportSchema } from './messages.ts';
import { Run } from './running-attempt.ts';

/**
 * Node gives a thread that reaches its limit 16 MB more in which to end. What a collection moves out of the young
 * generation must fit in there, or V8 ends the whole process; one single large allocation can still do that.
 */
const YOUNG_HEAP_MB = 16;

type ThreadOptions = { readonly handlersFile?: string; readonly maxHeapMb: number; readonly log: Log };
type Current = { readonly sequence: number; readonly run: Run; readonly log: Log };

/**
 * A slot's thread. It is kept between attempts, and replaced when it was terminated or died. A terminated thread
 * counts as gone when the operating system has joined it: blocked in native code, it may take as long as it likes.
 */
export class Thread {
  readonly #options: ThreadOptions;
  #worker: Worker | undefined;
  #sequence = 0;
  #current: Current | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  /** Starts the thread and asks which handlers it has; rejects when they cannot be loaded. */
  describe(): Promise<HandlerSummary[]> {
    const worker = this.warmUp();
    const { promise, resolve, reject } = Promise.withResolvers<HandlerSummary[]>();
    worker.on('message', (message) => {
      const { data: report } = reportSchema.safeParse(message);
      if (report?.type === 'ready') resolve(report.handlers);
    });
    worker.once('error', reject);
    const file = this.#options.handlersFile;
    worker.once('exit', (code) => reject(new Error(`Handlers file ${file} ended its thread (exit code ${code}).`)));
    return promise;
  }

  /** Starts the thread ahead of its first attempt. */
  warmUp(): Worker {
    this.#worker ??= this.#open();
    return this.#worker;
  }

  /** Starts an attempt; the thread must be idle. */
  start(attempt: Attempt): Run {
    const worker = this.warmUp();
    const sequence = ++this.#sequence;
    const post = (order: Order) => worker.postMessage(order);
    const force = () => void worker.terminate();
    const run = new Run({ tell: (reason) => post({ type: 'tell', sequence, reason }), force }, attempt.timeoutSeconds);
    this.#current = { sequence, run, log: logOf(this.#options.log, attempt) };
    const { jobId, taskId, handler, input } = attempt;
    post({ type: 'run', sequence, jobId, taskId, attempt: attempt.attempt, handler, input });
    return run;
  }

  /** Ends the idle thread for good. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #open(): Worker {
    const { handlersFile, maxHeapMb } = this.#options;
    const worker = new Worker(new URL('./thread-main.ts', import.meta.url), {
      workerData: { handlersFile },
      // The flags with which the server was started are not meant for a thread.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    let fault: unknown;
    worker.on('message', (message) => this.#hear(message));
    worker.on('error', (error) => {
      fault = error;
    });
    worker.once('exit', (code) => this.#exited(fault ?? `its thread ended with exit code ${code}`));
    return worker;
  }

  #hear(message: unknown): void {
    // A handler may post to the server as well; what is no report, or one of an earlier attempt, does not count.
    const { data: report } = reportSchema.safeParse(message);
    const current = this.#current;
    if (!report || report.type === 'ready' || report.sequence !== current?.sequence) return;
    if (report.type === 'log') {
      current.log(report.message, report.fields ?? {});
      return;
    }
    const ending = endingOf(report);
    // After a forced stop the thread is on its way out: only its exit ends the attempt.
    if (!current.run.endedByItself(ending)) return;
    this.#current = undefined;
    current.run.gone(ending);
  }

  #exited(fault: unknown): void {
    const current = this.#current;
    this.#current = undefined;
    this.#worker = undefined;
    if (!current) return;
    // Only after an attempt: a thread that dies while idle would otherwise be started again and again.
    this.warmUp();
    current.run.gone(failed('HandlerCrashed', `The handler did not come to an end: ${fault}`));
  }
}
