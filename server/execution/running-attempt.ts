import type { TellReason } from '#server/sdk';
import { type Ending, failed } from './ending.ts';

/** A forced stop that has not ended the handler within this time is reported as an unmanaged wait. */
export const UNMANAGED_WAIT_MS = 500;

export type Running = {
  /** Resolves once, when the handler truly runs no more: its thread idle again or exited, its process group gone. */
  readonly ended: Promise<Ending>;
  /** Aborts the handler's signal; of several reasons the handler hears the first. */
  readonly tell: (reason: 'Cancelling' | 'ServerStopping') => void;
  /** Ends the handler by force; a repeat, or a stop after its end, does nothing. */
  readonly stop: () => void;
  /** Calls once, if a forced stop or a time-out did not end the handler within `UNMANAGED_WAIT_MS`. */
  readonly onUnmanagedWait: (listener: () => void) => void;
};

/** What carries a handler: a thread or a process group. */
type Carrier = { readonly tell: (reason: TellReason) => void; readonly force: () => void };

/**
 * One attempt under way. The first cause of its end decides the ending (its own end, `stop()`, the time-out);
 * `ended` waits until the carrier says that the handler is gone.
 */
export class Run implements Running {
  readonly ended: Promise<Ending>;
  readonly #carrier: Carrier;
  readonly #resolve: (ending: Ending) => void;
  readonly #told = new Set<TellReason>();
  readonly #unmanagedWait = Promise.withResolvers<void>();
  #verdict: Ending | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(carrier: Carrier, timeoutSeconds?: number) {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#carrier = carrier;
    if (timeoutSeconds !== undefined)
      this.#timer = setTimeout(() => this.#timeOut(timeoutSeconds), timeoutSeconds * 1000);
  }

  readonly tell = (reason: TellReason): void => {
    if (this.#verdict !== undefined || this.#told.has(reason)) return;
    this.#told.add(reason);
    this.#carrier.tell(reason);
  };

  readonly stop = (): void => {
    if (this.#verdict === undefined) this.#force({ outcome: 'Stopped' });
  };

  readonly onUnmanagedWait = (listener: () => void): void => {
    void this.#unmanagedWait.promise.then(listener);
  };

  /** The handler's own ending has come in. False when a force came first: then it counts no more. */
  endedByItself(ending: Ending): boolean {
    if (this.#verdict !== undefined) return false;
    this.#verdict = ending;
    clearTimeout(this.#timer);
    return true;
  }

  /** The handler runs no more. `unexpected` is the ending if nothing had explained one before. */
  gone(unexpected: Ending): void {
    clearTimeout(this.#timer);
    this.#resolve(this.#verdict ?? unexpected);
    this.#verdict ??= unexpected;
  }

  #timeOut(timeoutSeconds: number): void {
    this.tell('TimedOut');
    this.#force(failed('TimedOut', `The handler ran longer than its ${timeoutSeconds} s.`));
  }

  #force(verdict: Ending): void {
    this.#verdict = verdict;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#unmanagedWait.resolve, UNMANAGED_WAIT_MS);
    this.#carrier.force();
  }
}
