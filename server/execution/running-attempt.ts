import type { TellReason } from '#server/sdk';
import { type Ending, failed } from './ending.ts';

/** If what runs is not gone this long after a forced stop, it is in an unmanaged wait. */
export const UNMANAGED_WAIT_MS = 500;

/** What the server sees of a running attempt. */
export type AttemptHandle = Pick<RunningAttempt, 'ended' | 'stop' | 'onUnmanagedWait'> & {
  tell(reason: 'Cancelling' | 'ServerStopping'): void;
};

/** What carries the handler: a thread or a process group. */
type Carrier = {
  tell(reason: TellReason): void;
  force(): void;
  /** The process group, if it is one. */
  readonly group?: number | undefined;
};

/**
 * An attempt from the start of its handler to its end. The first cause decides the ending: the handler's own end,
 * `stop()`, or the time-out. `ended` resolves when the carrier reports that all that the attempt started is gone.
 */
export class RunningAttempt {
  /** Resolves once, when nothing of the attempt runs any more. */
  readonly ended: Promise<Ending>;
  readonly #carrier: Carrier;
  readonly #resolve: (ending: Ending) => void;
  readonly #told = new Set<TellReason>();
  readonly #unmanagedWait = Promise.withResolvers<void>();
  readonly #serverStopping = Promise.withResolvers<void>();
  #ending: Ending | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(carrier: Carrier) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#carrier = carrier;
  }

  /** The process group that runs the handler; undefined if a thread does. */
  get group(): number | undefined {
    return this.#carrier.group;
  }

  /** Resolves when the attempt was told that its server stops. */
  get serverStopping(): Promise<void> {
    return this.#serverStopping.promise;
  }

  /** Starts the clock of the time-out: the handler runs from now on. */
  begin(timeoutSeconds: number | undefined): void {
    if (timeoutSeconds === undefined || this.#ending !== undefined) return;
    const timeOut = () => {
      this.tell('TimedOut');
      this.fail('TimedOut', `The handler ran longer than its ${timeoutSeconds} s.`);
    };
    this.#timer = setTimeout(timeOut, timeoutSeconds * 1000);
  }

  /** Aborts the handler's signal. Of several reasons the handler hears the first. */
  tell(reason: TellReason): void {
    if (this.#ending !== undefined || this.#told.has(reason)) return;
    this.#told.add(reason);
    if (reason === 'ServerStopping') this.#serverStopping.resolve();
    this.#carrier.tell(reason);
  }

  /** Ends the handler by force. Does nothing if it was stopped before or has ended. */
  stop(): void {
    if (this.#ending === undefined) this.#force({ outcome: 'Stopped' });
  }

  /** Ends the handler by force, as an error. Does nothing if it was stopped before or has ended. */
  fail(name: string, message: string): void {
    if (this.#ending === undefined) this.#force(failed(name, message));
  }

  /** Calls the listener once, if what runs is not gone within `UNMANAGED_WAIT_MS` of a forced stop or its own end. */
  onUnmanagedWait(listener: () => void): void {
    void this.#unmanagedWait.promise.then(listener);
  }

  /** Reports the handler's own ending. False if a forced stop came first: then this ending does not count. */
  endedByItself(ending: Ending): boolean {
    if (this.#ending !== undefined) return false;
    this.#decide(ending);
    return true;
  }

  /** Reports that nothing of the attempt runs any more. `unexpected` is the ending if there was no cause before. */
  gone(unexpected: Ending): void {
    clearTimeout(this.#timer);
    this.#ending ??= unexpected;
    const isEarly = unexpected.outcome === 'NotStarted' && this.#ending.outcome === 'Stopped';
    this.#resolve(isEarly ? { outcome: 'Stopped', hasRun: false } : this.#ending);
  }

  #force(ending: Ending): void {
    this.#decide(ending);
    this.#carrier.force();
  }

  #decide(ending: Ending): void {
    this.#ending = ending;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#unmanagedWait.resolve, UNMANAGED_WAIT_MS);
  }
}
