import { NoFreeSlot } from '#server/errors';
import type { Attempt, Log } from './attempt.ts';
import { startCommand } from './command.ts';
import { failed } from './ending.ts';
import { startIsolated } from './isolated-process.ts';
import type { HandlerSummary } from './messages.ts';
import { type AttemptHandle, RunningAttempt } from './running-attempt.ts';
import { Thread } from './thread.ts';

/** The heap of a slot's thread. A handler that fills it crashes, and nearly always nothing else does. */
const MAX_THREAD_HEAP_MB = 1024;

type ExecutorOptions = {
  /** How many attempts run at once; at least one. */
  readonly slots: number;
  /** A module with the user's own handlers. */
  readonly handlersFile?: string;
  readonly maxHeapMb?: number;
  readonly log: Log;
};
type Options = ExecutorOptions & { readonly maxHeapMb: number };

/** Runs handlers in slots. A slot is free when its attempt has truly ended. */
export class Executor {
  readonly #options: Options;
  readonly #handlers: ReadonlyMap<string, HandlerSummary>;
  readonly #threads: readonly Thread[];
  /** The slot used last is used first: its thread is warm. */
  readonly #free: Thread[];
  readonly #running = new Set<RunningAttempt>();
  #isClosed = false;

  private constructor(options: Options, threads: readonly Thread[], handlers: readonly HandlerSummary[]) {
    this.#options = options;
    this.#threads = threads;
    this.#free = [...threads];
    this.#handlers = new Map(handlers.map((handler) => [handler.name, handler]));
  }

  /**
   * Starts the slots' threads and loads the handlers in them.
   * @throws HandlersRefused, naming the file and the handler, if the user's handlers cannot be loaded
   */
  static async open({ maxHeapMb = MAX_THREAD_HEAP_MB, ...rest }: ExecutorOptions): Promise<Executor> {
    const options = { maxHeapMb, ...rest };
    const first = new Thread(options);
    const handlers = await first.describe();
    const others = Array.from({ length: options.slots - 1 }, () => new Thread(options));
    for (const thread of others) thread.warmUp();
    return new Executor(options, [first, ...others], handlers);
  }

  get handlerNames(): string[] {
    return [...this.#handlers.keys()];
  }

  get freeSlots(): number {
    return this.#isClosed ? 0 : this.#free.length;
  }

  /**
   * Starts an attempt at once, with no I/O before. A handler that this server does not have is the attempt's error.
   * @throws NoFreeSlot if all slots are taken or the executor is closed
   */
  start(attempt: Attempt): AttemptHandle {
    const handler = this.#handlers.get(attempt.handler);
    if (!handler) return refuseUnknown(attempt.handler);
    const thread = this.#takeSlot();
    const running = this.#startHandler(handler, thread, attempt);
    this.#running.add(running);
    void running.ended.then(() => this.#running.delete(running) && this.#free.push(thread));
    return running;
  }

  /** Stops by force what runs, and returns when nothing runs any more. An unmanaged wait delays it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const running of this.#running) running.stop();
    await Promise.all([...this.#running].map((running) => running.ended));
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #takeSlot(): Thread {
    if (this.#isClosed) throw new NoFreeSlot('The executor is closed.');
    const thread = this.#free.pop();
    if (!thread) throw new NoFreeSlot(`All ${this.#options.slots} slots are taken.`);
    return thread;
  }

  #startHandler({ command, isolation }: HandlerSummary, thread: Thread, attempt: Attempt): RunningAttempt {
    if (command) return startCommand(attempt, { command, log: this.#options.log });
    return isolation === 'process' ? startIsolated(attempt, this.#options) : thread.start(attempt);
  }
}

function refuseUnknown(name: string): AttemptHandle {
  const running = new RunningAttempt({ tell: () => undefined, force: () => undefined });
  running.gone(failed('UnknownHandler', `This server has no handler "${name}".`));
  return running;
}
