import { z } from 'zod';
import { executionArn } from '#local/aws/stepfunctions/arns';
import type { EventDraft, HistoryEvent } from '#local/aws/stepfunctions/history';
import { MAX_HISTORY_EVENTS } from '#local/aws/stepfunctions/limits';
import type { Failure } from './failures.ts';
import { runtimeFailure } from './failures.ts';
import type { Header, Journal, Line } from './journal.ts';

const endingSchema = z.object({
  status: z.enum(['SUCCEEDED', 'FAILED', 'ABORTED']),
  output: z.string().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  /** Epoch milliseconds. */
  stoppedAt: z.number(),
});
/** How and when an execution ended. */
export type Ending = z.infer<typeof endingSchema>;

/** A task that waits for its callback. */
export type OpenTask = { succeed(output: unknown): void; fail(failure: Failure): void; heartbeat(): void };
/** What an earlier process decided under a key, and the id of the event it wrote. */
export type Recorded = { readonly value: unknown; readonly eventId: number | undefined };

const ENDED = 'ended';

/** One execution: its record, and whether it still runs. The interpreter moves it on. */
export class Execution {
  readonly header: Header;
  readonly arn: string;
  readonly events: HistoryEvent[] = [];
  readonly openTasks = new Map<string, OpenTask>();
  #ending: Ending | undefined;
  readonly #journal: Journal | undefined;
  readonly #recorded = new Map<string, Recorded>();
  readonly #halt = new AbortController();

  constructor(header: Header, journal: Journal | undefined, lines: readonly Line[] = []) {
    this.header = header;
    this.arn = executionArn(header.stateMachine, header.name);
    this.#journal = journal;
    for (const line of lines) this.#keep(line);
    const ended = this.#recorded.get(ENDED);
    if (ended) this.#close(endingSchema.parse(ended.value));
  }

  /** How it ended; undefined while it runs. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** The status on the wire. */
  get status(): Ending['status'] | 'RUNNING' {
    return this.#ending?.status ?? 'RUNNING';
  }

  /** Aborts when the execution ends and when this process stops. After that, nothing is recorded. */
  get signal(): AbortSignal {
    return this.#halt.signal;
  }

  /** What an earlier process recorded under the key. */
  recall(key: string): Recorded | undefined {
    return this.#recorded.get(key);
  }

  /**
   * Records a decision, an event, or both, before it returns.
   * @throws StateFailure States.Runtime when the history is full
   */
  record(key: string, at: number, { value, event }: { value?: unknown; event?: EventDraft | undefined }): Recorded {
    this.signal.throwIfAborted();
    if (event && key !== ENDED && this.events.length >= MAX_HISTORY_EVENTS - 1) {
      throw runtimeFailure(`The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`);
    }
    const numbered = event && { ...event, id: this.events.length + 1, timestamp: at };
    const line: Line = { key, value, event: numbered };
    this.#journal?.append(line);
    return this.#keep(line);
  }

  /** Ends the execution. Changes nothing after its end, or after this process has stopped it. */
  end(ending: Ending, event: EventDraft): void {
    if (this.signal.aborted) return;
    this.record(ENDED, ending.stoppedAt, { value: ending, event });
    this.#close(ending);
  }

  /** Stops work on the execution; the next process resumes it from its journal. */
  suspend(): void {
    this.#halt.abort(new DOMException('The local Step Functions service stopped.', 'AbortError'));
  }

  /** Deletes its journal. */
  forget(): void {
    this.#journal?.remove();
  }

  #keep(line: Line): Recorded {
    if (line.event) this.events.push(line.event);
    const recorded = { value: line.value, eventId: line.event?.id };
    this.#recorded.set(line.key, recorded);
    return recorded;
  }

  #close(ending: Ending): void {
    this.#ending = ending;
    this.#halt.abort(new DOMException(`The execution has ended: ${ending.status}.`, 'AbortError'));
    // Nothing is replayed after the end; only the history stays.
    this.#recorded.clear();
  }
}
