/** What an attempt leaves behind in the thread or process of its handler, and what would then run on. */
import { createHook } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { MAX_HEAP_MIB } from '#domain/limits';
import { ProcessState } from './process-state.ts';

const MIB = 2 ** 20;
/** A host that keeps more than this share of its heap after an attempt would leave too little to the next one. */
const MAX_KEPT_HEAP_SHARE = 0.25;
/** The same for buffers, which lie outside of the heap, and for all memory: native code has its own. */
const MAX_KEPT_BUFFER_BYTES = MAX_HEAP_MIB * MIB * MAX_KEPT_HEAP_SHARE;
const MAX_KEPT_BYTES = (MAX_HEAP_MIB * MIB) / 2;
/** What the handler has closed, or started without waiting for it, may take some turns of the event loop to be gone. */
const MAX_TURNS = 3;
/** These run even if they do not keep the process alive. */
const HIDDEN = new Set([
  'Timeout',
  'Immediate',
  'MESSAGEPORT',
  'STATWATCHER',
  'WORKER',
  'PROCESSWRAP',
  'UDPWRAP',
  'TCPSERVERWRAP',
  'PIPESERVERWRAP',
  'FSEVENTWRAP',
]);
/** Where a timer was started from: the functions of Node that start timers, then their caller. */
const STACK_FRAMES = 12;

/** Watches one attempt at a time. */
export class Leavings {
  /** The hidden resources of the attempt that are still alive, by their ids. */
  readonly #alive = new Map<number, string>();
  #earlier: readonly string[] = [];
  #state: ProcessState | undefined;
  #isWatching = false;

  constructor() {
    createHook({
      init: (id, type) => {
        if (this.#isWatching && HIDDEN.has(type) && (type !== 'Timeout' || isOfHandler())) this.#alive.set(id, type);
      },
      destroy: (id) => void this.#alive.delete(id),
      trackPromises: false,
    }).enable();
  }

  /** Called before an attempt starts, with the variables that the processes which it starts inherit. */
  begin(environment: Readonly<Record<string, string>>): void {
    this.#alive.clear();
    this.#earlier = process.getActiveResourcesInfo();
    this.#state ??= new ProcessState();
    this.#state.set(environment);
    this.#isWatching = true;
  }

  /** Called when the handler has ended. Returns what it left behind, in words. */
  async end(): Promise<string[]> {
    for (let turns = 0; turns === 0 || (turns < MAX_TURNS && this.#runs.length > 0); turns += 1) await this.#turn();
    this.#isWatching = false;
    return [...new Set([...this.#runs, ...(this.#state?.changes ?? []), ...tooMuchMemory()])];
  }

  get #runs(): string[] {
    return [...added(process.getActiveResourcesInfo(), this.#earlier), ...this.#alive.values()];
  }

  async #turn(): Promise<void> {
    this.#isWatching = false;
    const turned = turn();
    this.#isWatching = true;
    await turned;
  }
}

function tooMuchMemory(): string[] {
  const { used_heap_size: used, external_memory: external, heap_size_limit: limit } = getHeapStatistics();
  const maxHeap = limit * MAX_KEPT_HEAP_SHARE;
  const heap = used > maxHeap ? used - youngBytes() : used;
  const isTooMuch = heap > maxHeap || external > MAX_KEPT_BUFFER_BYTES;
  const all = isMainThread ? process.memoryUsage.rss() : 0;
  if (!isTooMuch && all <= MAX_KEPT_BYTES) return [];
  return [`${Math.round(Math.max(heap + external, all) / MIB)} MiB of memory`];
}

/** Most of what is young is garbage that V8 has not collected yet. */
function youngBytes(): number {
  const young = getHeapSpaceStatistics().filter(({ space_name }) => space_name.startsWith('new_'));
  return young.reduce((bytes, { space_used_size }) => bytes + space_used_size, 0);
}

/** The resources beyond those that were there before. */
function added(now: readonly string[], earlier: readonly string[]): string[] {
  const known = [...earlier];
  return now.filter((resource) => {
    const index = known.indexOf(resource);
    if (index >= 0) known.splice(index, 1);
    return index < 0;
  });
}

/** Node starts timers for its own connections; they call nothing of the handler's. */
function isOfHandler(): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = STACK_FRAMES;
  const frames = new Error().stack?.split('\n') ?? [];
  Error.stackTraceLimit = stackTraceLimit;
  const caller = frames.find(
    (frame) =>
      frame.startsWith('    at ') &&
      !/leavings\.ts|node:internal\/(async_hooks|timers)|node:timers|emitInit|AsyncHook/.test(frame),
  );
  return caller !== undefined && !caller.includes('node:');
}
