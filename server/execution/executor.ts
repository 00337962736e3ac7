import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_BESIDE_HEAP_MIB, MAX_HEAP_MIB } from '#domain/limits';
import type { Pace } from '#processes/paced-output';
import { memoryByGroup } from '#processes/process-table';
import { NoFreeSlot } from '#server/errors';
import type { Attempt, Log } from './attempt.ts';
import type { CarrierOptions } from './carriers/carrier.ts';
import { startCommand } from './carriers/command.ts';
import { HandlerProcess } from './carriers/handler-process.ts';
import { Thread } from './carriers/thread.ts';
import { type Ending, failed } from './ending.ts';
import { KeptHost } from './kept-host.ts';
import type { HandlerSummary } from './messages.ts';
import { type AttemptHandle, RunningAttempt } from './running-attempt.ts';

/** What the handlers of all slots may print or report in a second: each has its share, and a little at once. */
const OUTPUT_BYTES_PER_SECOND = 256 * 1024;
const BURST_BYTES = 64 * 1024;
const MEMORY_CHECK_MS = 1_000;
/** How long a slot that could not start its handler stays out of use. */
const UNUSABLE_MS = 5_000;

type ExecutorOptions = {
  /** How many attempts run at once; at least one. */
  readonly slots: number;
  /** A module with the user's own handlers. */
  readonly handlersFile?: string;
  readonly maxHeapMb?: number;
  readonly log: Log;
};
type Options = ExecutorOptions & CarrierOptions;
/** A slot runs one attempt at a time: in its process, in its thread, or as a program. */
type Slot = { readonly process: KeptHost; readonly thread: KeptHost };

/** Runs handlers in slots. A slot is free when nothing of its attempt runs any more. */
export class Executor {
  readonly #options: Options;
  readonly #handlers: ReadonlyMap<string, HandlerSummary>;
  readonly #slots: readonly Slot[];
  /** The slot used last is used first: it is warm. */
  readonly #free: Slot[];
  readonly #running = new Set<RunningAttempt>();
  readonly #memoryCheck: NodeJS.Timeout;
  #isClosed = false;

  private constructor(options: Options, slots: readonly Slot[], handlers: readonly HandlerSummary[]) {
    this.#options = options;
    this.#slots = slots;
    this.#free = slots.toReversed();
    this.#handlers = new Map(handlers.map((handler) => [handler.name, handler]));
    this.#memoryCheck = setInterval(() => this.#checkMemory(), MEMORY_CHECK_MS).unref();
  }

  /**
   * Loads the handlers in the first slot; each other slot loads them when it is first used.
   * @throws HandlersRefused, naming the file and the handler, if the user's handlers cannot be loaded
   */
  static async open({ maxHeapMb = MAX_HEAP_MIB, ...rest }: ExecutorOptions): Promise<Executor> {
    const options = { maxHeapMb, pace: paceOf(rest.slots), ...rest };
    const first = openSlot(options);
    const host = options.handlersFile === undefined ? first.thread : first.process;
    const handlers = await host.describe();
    const others = Array.from({ length: options.slots - 1 }, () => openSlot(options));
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
    if (!handler) return endedAtOnce(unknown(attempt.handler));
    const slot = this.#takeSlot();
    const running = this.#startHandler(handler, slot, attempt);
    this.#running.add(running);
    void this.#follow(running, slot);
    return running;
  }

  /** No attempt is to start any more: a process or thread that ends is not replaced. */
  retire(): void {
    for (const { process, thread } of this.#slots) {
      process.retire();
      thread.retire();
    }
  }

  /** Stops by force what runs, and returns when nothing runs any more. An unmanaged wait delays it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const running of this.#running) running.stop();
    await Promise.all([...this.#running].map((running) => running.ended));
    await Promise.all(this.#slots.flatMap(({ process, thread }) => [process.close(), thread.close()]));
    clearInterval(this.#memoryCheck);
  }

  #takeSlot(): Slot {
    if (this.#isClosed) throw new NoFreeSlot('The executor is closed.');
    const slot = this.#free.pop();
    if (!slot) throw new NoFreeSlot(`All ${this.#options.slots} slots are taken.`);
    return slot;
  }

  /** What the system refuses to start has not run, and costs no slot. */
  #startHandler({ command, isolation, ...rest }: HandlerSummary, slot: Slot, attempt: Attempt): RunningAttempt {
    const { log, pace } = this.#options;
    try {
      if (command) return startCommand(attempt, { program: { ...rest, isolation, command }, log, pace });
      return slot[isolation].start(attempt);
    } catch (fault) {
      return endedAtOnce({ outcome: 'NotStarted', why: String(fault) });
    }
  }

  async #follow(running: RunningAttempt, slot: Slot): Promise<void> {
    const ending = await running.ended;
    this.#running.delete(running);
    if (ending.outcome === 'NotStarted') {
      this.#options.log('A slot could not start its handler; it is not used for a while.', { why: ending.why });
      await sleep(UNUSABLE_MS, undefined, { ref: false });
    }
    this.#free.push(slot);
  }

  /** Ends each attempt whose processes use more than their share, before the machine ends a process of its choice. */
  #checkMemory(): void {
    const groups = [...this.#running].flatMap((running) => (running.group === undefined ? [] : [{ running }]));
    if (groups.length === 0) return;
    const limitMb = this.#options.maxHeapMb + MAX_BESIDE_HEAP_MIB;
    const used = memoryByGroup(new Set(groups.map(({ running }) => running.group ?? 0)));
    for (const { running } of groups) {
      const usedMb = Math.round((used.get(running.group ?? 0) ?? 0) / 2 ** 20);
      if (usedMb > limitMb) running.fail('OutOfMemory', `The handler used ${usedMb} MiB, the limit is ${limitMb}.`);
    }
  }
}

/** All handlers together print no more than the reader of the server's output takes: a full one halts the server. */
function paceOf(slots: number): Pace {
  return { burstBytes: BURST_BYTES, bytesPerSecond: OUTPUT_BYTES_PER_SECOND / slots };
}

function openSlot(options: Options): Slot {
  const { log } = options;
  return {
    process: new KeptHost((listener) => new HandlerProcess(options, listener), log),
    thread: new KeptHost((listener) => new Thread(options, listener), log),
  };
}

function unknown(name: string): Ending {
  return failed('UnknownHandler', `No live server of the batch group has the handler "${name}".`);
}

function endedAtOnce(ending: Ending): RunningAttempt {
  const running = new RunningAttempt({ tell: () => undefined, force: () => undefined });
  running.gone(ending);
  return running;
}
