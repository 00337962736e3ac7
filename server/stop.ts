/** How the attempts of a server end when it stops: by themselves within the stop timeout, and then by force. */
import type { Server } from '#domain/servers/server';
import { within } from '#processes/pause';
import type { Attempts } from '#server/attempts/attempts';
import type { StopReason } from '#server/attempts/record-end';

/** This part of the stop timeout is kept for stopping by force, and giving back, what has not ended by itself. */
const GIVE_BACK_SHARE = 0.3;
/** And this last part of it for the end of the server itself. */
const END_SHARE = 0.05;
/** When an abort stops the server, nothing is given more time than this. */
const ABORT_GIVE_BACK_MS = 1_000;

type StopOptions = {
  /** Such as SIGTERM. */
  readonly signal: string;
  /** How long the server has in all, from now on. */
  readonly timeoutMs: number;
  readonly attempts: Attempts;
  /** The server's record, as its last heartbeat has read it. */
  record(): Pick<Server, 'status' | 'abortId'>;
};

/** The stop of one server. */
export class Stop {
  readonly #options: StopOptions;
  readonly #deadlineMs: number;

  constructor(options: StopOptions) {
    this.#options = options;
    this.#deadlineMs = Date.now() + options.timeoutMs;
  }

  /** Tells the handlers at once: what ends by the same signal as the server ends for its sake. */
  begin(): void {
    if (!this.#isRestart()) this.#options.attempts.tellServerStopping(this.#reason());
  }

  /**
   * Lets the attempts end, stops the rest by force, and gives back what may run again. What the last beat says counts,
   * but they wait for it no longer than they may run. False if one could not be stopped in time.
   */
  async endAttempts(beat: Promise<unknown>): Promise<boolean> {
    const { attempts } = this.#options;
    if (attempts.count > 0) await within(beat, this.#leftMs(GIVE_BACK_SHARE));
    await this.#letEnd();
    attempts.stopAll(this.#reason());
    return attempts.allRecorded(this.#isRestart() ? ABORT_GIVE_BACK_MS : this.#leftMs(END_SHARE));
  }

  /** Waits for what else must end before the server does, as long as there is time. */
  async waitFor(end: Promise<unknown>): Promise<void> {
    await within(end, this.#leftMs(END_SHARE));
  }

  /** If an abort restarts the server, its attempts have had their time: the drain. */
  async #letEnd(): Promise<void> {
    if (this.#isRestart()) return;
    this.begin();
    await this.#options.attempts.allRecorded(this.#leftMs(GIVE_BACK_SHARE));
  }

  /** How much of the timeout is left, but for this last share of it. */
  #leftMs(share: number): number {
    return Math.max(0, this.#deadlineMs - share * this.#options.timeoutMs - Date.now());
  }

  /** Whether an abort stops the server. One that only drains is stopped for another reason, such as a deployment. */
  #isRestart(): boolean {
    return this.#options.record().status === 'Stopping';
  }

  #reason(): StopReason {
    const { signal, record } = this.#options;
    const cause = record().abortId === undefined ? 'ServerStopped' : 'ServerRestart';
    return { cause, reason: `The server received ${signal}.` };
  }
}
