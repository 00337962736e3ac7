import { dirname, extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Order, reportSchema } from '#server/execution/messages';
import { handlerEnvironment } from '#server/handlers/environment';
import type { Carrier, CarrierOptions, Listener } from './carrier.ts';

/**
 * Node lets a thread that reaches its limit use 16 MB more to end. What a collection moves out of the young generation
 * must fit there, or V8 ends the whole process. One large allocation can still do that.
 */
const YOUNG_HEAP_MB = 16;
/** With this many log lines unread a thread waits until the next batch is read. */
const MAX_UNREAD = 256;
const BATCH_MS = 250;
const PROGRAM = join(dirname(import.meta.dirname), 'host', `thread-main${extname(import.meta.filename)}`);

/** A thread of the server. It is gone when the system has joined it: in native code that can take any time. */
export class Thread implements Carrier {
  readonly group = undefined;
  readonly exited: Promise<unknown>;
  readonly gone: Promise<unknown>;
  readonly #worker: Worker;
  readonly #unread = sharedNumber();
  /** The attempt whose handler was started last. It is asked for only when the thread dies, so no message tells it. */
  readonly #started = sharedNumber();
  /** Log lines that were read, and that the thread still counts as unread. */
  #read = 0;

  constructor({ handlersFile, maxHeapMb, pace }: CarrierOptions, listener: Listener) {
    this.#worker = new Worker(PROGRAM, {
      workerData: { handlersFile, unread: this.#unread, started: this.#started, maxUnread: MAX_UNREAD, pace },
      env: handlerEnvironment(),
      // The flags that the server was started with are not for threads.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    this.#worker.on('message', (message) => this.#hear(message, listener));
    this.exited = this.#untilExit(listener);
    this.gone = this.exited;
  }

  post(order: Order): void {
    this.#worker.postMessage(order);
  }

  end(): void {
    void this.#worker.terminate();
  }

  #hear(message: unknown, listener: Listener): void {
    const { data: report } = reportSchema.safeParse(message);
    if (report?.type === 'log') this.#read += 1;
    if (report?.type === 'log' && this.#read === 1) setTimeout(() => this.#release(), BATCH_MS).unref();
    if (report) listener(report);
  }

  /** Reading in batches leaves the server's own thread its turns, however much a handler logs. */
  #release(): void {
    Atomics.sub(this.#unread, 0, this.#read);
    Atomics.notify(this.#unread, 0);
    this.#read = 0;
  }

  #untilExit(listener: Listener): Promise<unknown> {
    let fault: unknown;
    this.#worker.on('error', (error) => {
      fault = error;
    });
    return new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        listener({ type: 'started', sequence: Atomics.load(this.#started, 0) });
        resolve(fault ?? `its thread ended with exit code ${code}`);
      });
    });
  }
}

function sharedNumber(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}
