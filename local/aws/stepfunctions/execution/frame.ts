import type { z } from 'zod';
import type { Clock } from '#local/aws/stepfunctions/clock';
import type { EventDraft } from '#local/aws/stepfunctions/history';
import type { Execution, Recorded } from './execution.ts';

/** What the interpreter needs from outside. */
export type Host = {
  readonly clock: Clock;
  readonly invoke: (functionArn: string, payload: unknown) => Promise<unknown>;
  readonly log: (line: string) => void;
};

type MapItem = { readonly Index: number; readonly Value: unknown };
type Draft = { type: string; details?: Record<string, unknown>; previousEventId?: number };
type FrameOptions = {
  readonly execution: Execution;
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Unique in the execution, and the same in each replay. */
  readonly path: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly lastEventId: number;
  readonly item?: MapItem;
};

/**
 * A sequence of states that runs on its own: the execution, or one iteration of a Map.
 *
 * After the death of its process an execution is replayed from its start, and earlier decisions are looked up.
 * So everything that may differ in a replay (results, times, tokens, evaluations) goes through `once`, under a key
 * that depends on the place in the workflow alone.
 */
export class Frame {
  readonly execution: Execution;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly path: string;
  readonly item: MapItem | undefined;
  /** An iteration starts with a copy; what it assigns stays inside it. */
  readonly variables: Record<string, unknown>;
  lastEventId: number;
  /** The type of the current state. */
  stateType = '';
  #step = 0;

  constructor(options: FrameOptions) {
    this.execution = options.execution;
    this.host = options.host;
    this.signal = options.signal;
    this.path = options.path;
    this.item = options.item;
    this.variables = { ...options.variables };
    this.lastEventId = options.lastEventId;
  }

  /** The path of the current step; the step's keys start with it. */
  get stepPath(): string {
    return `${this.path}${this.#step}`;
  }

  /** @throws the signal's reason after the end of the execution */
  nextStep(stateType: string): void {
    this.signal.throwIfAborted();
    this.stateType = stateType;
    this.#step += 1;
  }

  /** What an earlier process decided under the key in the current step. */
  recall<T>(key: string, schema: z.ZodType<T>): T | undefined {
    const recorded = this.#follow(this.execution.recall(this.#key(key)));
    return recorded && schema.parse(recorded.value);
  }

  /**
   * Records a decision for a replay, with its event, if any.
   * @throws the signal's reason after the end of the execution
   */
  write<T>(key: string, value: T, event?: Draft): T {
    this.signal.throwIfAborted();
    const draft: EventDraft | undefined = event && { previousEventId: this.lastEventId, ...event };
    this.#follow(this.execution.record(this.#key(key), this.host.clock.now(), { value, event: draft }));
    return value;
  }

  /** Decides once; a replay gets the recorded value. */
  async once<T>(
    key: string,
    schema: z.ZodType<T>,
    { decide, event }: { decide: () => T | Promise<T>; event?: (value: T) => Draft },
  ): Promise<T> {
    const recalled = this.recall(key, schema);
    if (recalled !== undefined) return recalled;
    const value = await decide();
    return this.write(key, value, event?.(value));
  }

  /** Adds an event to the history once, replays included. Returns the event's id. */
  emit(key: string, event: Draft): number {
    const recorded = this.#follow(this.execution.recall(this.#key(key)));
    if (!recorded) this.write(key, undefined, event);
    return this.lastEventId;
  }

  #key(key: string): string {
    return `${this.stepPath}:${key}`;
  }

  #follow(recorded: Recorded | undefined): Recorded | undefined {
    if (recorded?.eventId !== undefined) this.lastEventId = recorded.eventId;
    return recorded;
  }
}
