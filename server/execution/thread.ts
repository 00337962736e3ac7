import { Worker } from 'node:worker_threads';
import { HandlersRefused } from '#server/errors';
import type { TellReason } from '#server/sdk';
import { type Attempt, type Log, logOf } from './attempt.ts';
import { failed } from './ending.ts';
import { endingOf, type HandlerSummary, type Order, reportSchema, startOrder } from './messages.ts';
import { RunningAttempt } from './running-attempt.ts';

/**
 * Node lets a thread that reaches its limit use 16 MB more to end. What a collection moves out of the young generation
 * must fit there, or V8 ends the whole process. One large allocation can still do that.
 */
const YOUNG_HEAP_MB = 16;

type ThreadOptions = { readonly handlersFile?: string; readonly maxHeapMb: number; readonly log: Log };
type Current = { readonly sequence: number; readonly running: RunningAttempt; readonly log: Log };

/**
 * A slot's thread. It is kept between attempts, and replaced after it was terminated or died. A terminated thread is
 * gone when the operating system has joined it: in native code that can take any time.
 */
export class Thread {
  readonly #options: ThreadOptions;
  #worker: Worker | undefined;
  #sequence = 0;
  #current: Current | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  /** Starts the thread and returns its handlers. Rejects with HandlersRefused if they cannot be loaded. */
  describe(): Promise<HandlerSummary[]> {
    const worker = this.warmUp();
    const { promise, resolve, reject } = Promise.withResolvers<HandlerSummary[]>();
    worker.on('message', (message) => {
      const { data: report } = reportSchema.safeParse(message);
      if (report?.type === 'ready') resolve(report.handlers);
    });
    worker.once('error', (error) => reject(new HandlersRefused(error.message, { cause: error })));
    const file = this.#options.handlersFile;
    worker.once('exit', (code) =>
      reject(new HandlersRefused(`Handlers file ${file} ended its thread (exit code ${code}).`)),
    );
    return promise;
  }

  /** Starts the thread ahead of its first attempt. */
  warmUp(): Worker {
    this.#worker ??= this.#open();
    return this.#worker;
  }

  /** Starts an attempt; the thread must be idle. */
  start(attempt: Attempt): RunningAttempt {
    const worker = this.warmUp();
    const sequence = ++this.#sequence;
    const post = (order: Order) => worker.postMessage(order);
    const carrier = {
      tell: (reason: TellReason) => post({ type: 'tell', sequence, reason }),
      force: () => void worker.terminate(),
    };
    const running = new RunningAttempt(carrier, attempt.timeoutSeconds);
    this.#current = { sequence, running, log: logOf(this.#options.log, attempt) };
    post(startOrder(attempt, sequence));
    return running;
  }

  /** Ends the idle thread for good. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #open(): Worker {
    const { handlersFile, maxHeapMb } = this.#options;
    const worker = new Worker(new URL('./thread-main.ts', import.meta.url), {
      workerData: { handlersFile },
      // The flags that the server was started with are not for threads.
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
    // A handler may post messages of its own: whatever is not a report of this attempt is ignored.
    const { data: report } = reportSchema.safeParse(message);
    const current = this.#current;
    if (!report || report.type === 'ready' || report.sequence !== current?.sequence) return;
    if (report.type === 'log') {
      current.log(report.message, report.fields ?? {});
      return;
    }
    const ending = endingOf(report);
    // After a forced stop only the thread's exit ends the attempt.
    if (!current.running.endedByItself(ending)) return;
    this.#current = undefined;
    current.running.gone(ending);
  }

  #exited(fault: unknown): void {
    const current = this.#current;
    this.#current = undefined;
    this.#worker = undefined;
    if (!current) return;
    // Only after an attempt: a thread that dies while idle could otherwise be started again and again.
    this.warmUp();
    current.running.gone(failed('HandlerCrashed', `The handler did not return: ${fault}`));
  }
}
