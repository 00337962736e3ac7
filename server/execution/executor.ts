import type { Attempt, Log } from './attempt.ts';
import { startCommand } from './command.ts';
import { failed } from './ending.ts';
import { startIsolated } from './isolated-process.ts';
import type { HandlerSummary } from './messages.ts';
import { Run, type Running } from './running-attempt.ts';
import { Thread } from './thread.ts';

/** The heap that a handler in a slot's thread may fill. One that fills it crashes, and nearly always alone. */
const MAX_THREAD_HEAP_MB = 1024;

type ExecutorOptions = {
  /** How many attempts run at once. */
  readonly slots: number;
  /** A module with the user's own handlers. */
  readonly handlersFile?: string;
  readonly maxHeapMb?: number;
  readonly log: Log;
};

export type Executor = {
  readonly handlerNames: readonly string[];
  /** Starts an attempt at once, with no I/O between; a slot must be free. */
  readonly start: (attempt: Attempt) => Running;
  readonly freeSlots: () => number;
  /** Stops by force what runs, and resolves when nothing runs any more; an unmanaged wait delays it. */
  readonly close: () => Promise<void>;
};

/** Runs handlers in slots. Rejects when the user's handlers cannot be loaded, naming the file and the handler. */
export async function createExecutor({ maxHeapMb = MAX_THREAD_HEAP_MB, ...rest }: ExecutorOptions): Promise<Executor> {
  const options = { maxHeapMb, ...rest };
  const threads = Array.from({ length: options.slots }, () => new Thread(options));
  const [first, ...others] = threads;
  if (first === undefined) throw new Error(`A server needs at least one slot, not ${options.slots}.`);
  const handlers = new Map((await first.describe()).map((handler) => [handler.name, handler]));
  for (const thread of others) thread.warmUp();
  return openSlots(threads, handlers, options);
}

/** A slot is free when its attempt has truly ended; the one used last, whose thread is warm, is used first. */
function openSlots(
  threads: readonly Thread[],
  handlers: Map<string, HandlerSummary>,
  options: ExecutorOptions,
): Executor {
  const free = [...threads];
  const running = new Set<Run>();
  let closed = false;
  const start = (attempt: Attempt): Running => {
    const handler = handlers.get(attempt.handler);
    if (!handler) return refuseUnknown(attempt.handler);
    const thread = closed ? undefined : free.pop();
    if (!thread) throw new Error(closed ? 'The executor is closed.' : `All ${options.slots} slots are taken.`);
    const run = startHandler({ handler, thread, attempt }, options);
    running.add(run);
    void run.ended.then(() => running.delete(run) && free.push(thread));
    return run;
  };
  const close = async () => {
    closed = true;
    for (const run of running) run.stop();
    await Promise.all([...running].map((run) => run.ended));
    await Promise.all(threads.map((thread) => thread.close()));
  };
  return { handlerNames: [...handlers.keys()], start, freeSlots: () => (closed ? 0 : free.length), close };
}

type Start = { handler: HandlerSummary; thread: Thread; attempt: Attempt };

function startHandler({ handler, thread, attempt }: Start, options: ExecutorOptions): Run {
  if (handler.command) return startCommand(attempt, { command: handler.command, log: options.log });
  return handler.isolation === 'process' ? startIsolated(attempt, options) : thread.start(attempt);
}

function refuseUnknown(name: string): Running {
  const run = new Run({ tell: () => undefined, force: () => undefined });
  run.gone(failed('UnknownHandler', `This server has no handler "${name}".`));
  return run;
}
