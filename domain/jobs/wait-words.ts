/** Each kind of wait in words, and what to do about it: the API, the command line and the console say the same. */
import type { JobVerb } from '#domain/actions/job-rules';

type Known = {
  /** What is waited for, after the words "waits for". */
  readonly words: string;
  readonly doNext: string;
  /** The verb that helps, as `actions` of the job have it. */
  readonly verb?: JobVerb;
};

export const WAITS = {
  Writing: {
    words: 'the rest of its tasks to be written',
    doNext: 'Wait until all tasks of the job are written.',
  },
  Requeue: {
    words: 'the requeue to make its tasks ready',
    doNext: 'Wait until the requeue has made the tasks ready again, or cancel the job.',
    verb: 'cancel',
  },
  Hold: { words: 'its release', doNext: 'Release the job.', verb: 'release' },
  StartTime: { words: 'its start time', doNext: 'Wait for the time.' },
  Dependency: { words: 'other tasks', doNext: 'Wait for the tasks that these depend on.' },
  Retry: {
    words: 'the next try',
    doNext: 'Wait for the time, or cancel the job if the error will not go away.',
    verb: 'cancel',
  },
  NoServerForGroup: {
    words: 'a server of the batch group',
    doNext: 'Start a server that serves the batch group. A fleet that sleeps is woken by itself.',
  },
  NoServerForHandler: {
    words: 'a server that has the handler',
    doNext: 'Correct the name, or deploy servers with this handler. Without one the task soon ends in Error.',
    verb: 'cancel',
  },
  Draining: {
    words: 'servers that claim tasks again',
    doNext: 'Wait: the servers that can run these claim nothing, because they drain, stop or are replaced.',
  },
  SlotsTaken: {
    words: 'a free slot',
    doNext: 'Wait for a free slot, start more servers, or raise the priority of the job.',
    verb: 'setPriority',
  },
  Turn: {
    words: 'its turn, in a moment',
    doNext: 'Wait: a server has a free slot, and claims these in a moment or after more urgent tasks.',
  },
  Told: {
    words: 'handlers that were told to end',
    doNext: 'Wait until the handlers end by themselves, or read the abort plan.',
    verb: 'abort',
  },
  UnmanagedWait: {
    words: 'handlers that are blocked in native code',
    doNext: 'Wait until the handlers leave native code, or abort with EnhancedBatchAbort, which restarts the servers.',
    verb: 'abort',
  },
} as const satisfies Readonly<Record<string, Known>>;
/** A kind of wait, as the API names it. */
export type Wait = keyof typeof WAITS;

/** What is waited for, in words; a kind that is not known yet by its name. */
export function waitWords(name: string): string {
  return isWait(name) ? WAITS[name].words : name;
}

/** What to do about a wait, if it is a known one. */
export function doNextOf(name: string): string | undefined {
  return isWait(name) ? WAITS[name].doNext : undefined;
}

/** What the wait concerns: of several tasks all names that are known, and how many more there are. */
export function waitsOn({ of = '', dependencies }: WaitsOn): string {
  if (dependencies === undefined) return of;
  const { taskIds, total } = dependencies;
  const more = total - taskIds.length;
  return `${taskIds.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
}

type WaitsOn = {
  readonly of?: string | undefined;
  readonly dependencies?: { readonly taskIds: readonly string[]; readonly total: number } | undefined;
};

function isWait(name: string): name is Wait {
  return Object.hasOwn(WAITS, name);
}
