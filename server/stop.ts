/** How the attempts of a server end when it stops: by themselves within the stop timeout, and then by force. */
import type { Server } from '#domain/servers/server';
import type { Attempts } from '#server/attempts/attempts';
import type { StopReason } from '#server/attempts/record-end';

/** This part of the stop timeout is kept for stopping by force, and giving back, what has not ended by itself. */
const GIVE_BACK_SHARE = 0.3;
/** When an abort stops the server, nothing is given more time than this. */
const ABORT_GIVE_BACK_MS = 1_000;

type StopOptions = {
  /** Such as SIGTERM. */
  readonly signal: string;
  /** How long the attempts have in all. */
  readonly timeoutMs: number;
  readonly attempts: Attempts;
  /** The server's record, as its last heartbeat has read it. */
  record(): Pick<Server, 'status' | 'abortId'>;
};

/** The stop of one server. */
export class Stop {
  readonly #options: StopOptions;

  constructor(options: StopOptions) {
    this.#options = options;
  }

  /** Tells the handlers at once: what ends by the same signal as the server ends for its sake. */
  begin(): void {
    if (!this.#isRestart()) this.#options.attempts.tellServerStopping(this.#reason());
  }

  /**
   * Lets the attempts end, stops the rest by force, and gives back what may run again. False if one could not be
   * stopped in time.
   */
  async endAttempts(): Promise<boolean> {
    const { timeoutMs, attempts } = this.#options;
    const giveBackMs = this.#isRestart() ? ABORT_GIVE_BACK_MS : timeoutMs * GIVE_BACK_SHARE;
    await this.#letEnd(timeoutMs - giveBackMs);
    attempts.stopAll(this.#reason());
    return attempts.allRecorded(giveBackMs);
  }

  /** If an abort restarts the server, its attempts have had their time: the drain. */
  async #letEnd(limitMs: number): Promise<void> {
    if (this.#isRestart()) return;
    this.begin();
    await this.#options.attempts.allRecorded(limitMs);
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
