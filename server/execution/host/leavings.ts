/** What an attempt leaves behind in the thread or process of its handler, and what would then run on. */
import { createHook } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';

/** A host that keeps more than this share of its heap after an attempt would leave too little to the next one. */
const MAX_KEPT_HEAP_SHARE = 0.25;
/** These run even if they do not keep the process alive. */
const HIDDEN = new Set([
  'Timeout',
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
  #directory = '';
  #environment: NodeJS.ProcessEnv = {};
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

  /** Called before an attempt starts. */
  begin(): void {
    this.#alive.clear();
    this.#earlier = process.getActiveResourcesInfo();
    this.#directory = process.cwd();
    this.#environment = { ...process.env };
    this.#isWatching = true;
  }

  /** Called when the handler has ended. Returns what it left behind, in words. */
  async end(): Promise<string[]> {
    // What the handler has closed may take one turn of the event loop to be gone.
    await turn();
    this.#isWatching = false;
    const left = [...added(process.getActiveResourcesInfo(), this.#earlier), ...this.#alive.values()];
    if (process.cwd() !== this.#directory) left.push('another working directory');
    left.push(...changed(this.#environment).map((name) => `the variable ${name}`));
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
    if (usedBytes > limitBytes * MAX_KEPT_HEAP_SHARE) left.push(`${Math.round(usedBytes / 2 ** 20)} MiB of heap`);
    return [...new Set(left)];
  }
}

/** The names of the environment's variables that are not as they were. */
function changed(earlier: NodeJS.ProcessEnv): string[] {
  const now = { ...process.env };
  return Object.keys({ ...earlier, ...now }).filter((name) => now[name] !== earlier[name]);
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
