import type { TellReason } from '#server/sdk';
import { type Ending, failed } from './ending.ts';

/** If a forced stop has not ended the handler within this time, the handler is in an unmanaged wait. */
export const UNMANAGED_WAIT_MS = 500;

/** What the server sees of a running attempt. */
export type AttemptHandle = Pick<RunningAttempt, 'ended' | 'stop' | 'onUnmanagedWait'> & {
  tell(reason: 'Cancelling' | 'ServerStopping'): void;
};

/** What carries the handler: a thread or a process group. */
type Carrier = { tell(reason: TellReason): void; force(): void };

/**
 * An attempt from the start of its handler to its end. The first cause decides the ending: the handler's own end,
 * `stop()`, or the time-out. `ended` resolves when the carrier reports that the handler is gone.
 */
export class RunningAttempt {
  /** Resolves once, when the handler runs no more: its thread is idle or has exited, its process group is gone. */
  readonly ended: Promise<Ending>;
  readonly #carrier: Carrier;
  readonly #resolve: (ending: Ending) => void;
  readonly #told = new Set<TellReason>();
  readonly #unmanagedWait = Promise.withResolvers<void>();
  #ending: Ending | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(carrier: Carrier, timeoutSeconds?: number) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#carrier = carrier;
    if (timeoutSeconds !== undefined)
      this.#timer = setTimeout(() => this.#timeOut(timeoutSeconds), timeoutSeconds * 1000);
  }

  /** Aborts the handler's signal. Of several reasons the handler hears the first. */
  tell(reason: TellReason): void {
    if (this.#ending !== undefined || this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#carrier.tell(reason);
  }

  /** Ends the handler by force. Does nothing if it was stopped before or has ended. */
  stop(): void {
    if (this.#ending === undefined) this.#force({ outcome: 'Stopped' });
  }

  /** Calls the listener once, if a forced stop or a time-out has not ended the handler within `UNMANAGED_WAIT_MS`. */
  onUnmanagedWait(listener: () => void): void {
    void this.#unmanagedWait.promise.then(listener);
  }

  /** Reports the handler's own ending. False if a forced stop came first: then this ending does not count. */
  endedByItself(ending: Ending): boolean {
    if (this.#ending !== undefined) return false;
    this.#ending = ending;
    clearTimeout(this.#timer);
    return true;
  }

  /** Reports that the handler runs no more. `unexpected` is the ending if there was no cause before. */
  gone(unexpected: Ending): void {
    clearTimeout(this.#timer);
    this.#resolve(this.#ending ?? unexpected);
    this.#ending ??= unexpected;
  }

  #timeOut(timeoutSeconds: number): void {
    this.tell('TimedOut');
    this.#force(failed('TimedOut', `The handler ran longer than its ${timeoutSeconds} s.`));
  }

  #force(ending: Ending): void {
    this.#ending = ending;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#unmanagedWait.resolve, UNMANAGED_WAIT_MS);
    this.#carrier.force();
  }
}
