/** Keeps ECS from taking away a server that runs tasks, through the task protection endpoint of the ECS agent. */
import { z } from 'zod';
import { AgentFailed } from '#server/errors';
import { log } from '#server/log';

const REQUEST_LIMIT_MS = 5_000;
/**
 * As long as ECS allows: when ECS refuses to renew it, what runs still has this time. A server that dies takes its
 * protection with it, and the stop of a lost or aborted server ignores it.
 */
const PROTECTED_MINUTES = 2_880;
const RENEW_AFTER_MS = 60_000;
/** An idle server gives the protection back at the second heartbeat, so that short tasks do not take it each time. */
const IDLE_BEATS = 2;
/** After a fault of the agent, claims do not wait for it again before this time. */
const FAULT_REST_MS = 10_000;

/** If ECS refuses, the agent still replies with status 200, but with `failure` in place of `protection`. */
const replySchema = z.union([
  z.object({ protection: z.object({ ProtectionEnabled: z.boolean() }) }),
  z.object({ failure: z.object({ Reason: z.string() }) }),
]);

/** The scale-in protection of this container: taken before the first claim, given back when the server is idle. */
export class ScaleInProtection {
  readonly #url: string;
  readonly #isBusy: () => boolean;
  /** Undefined while a request is under way, and if its outcome is unknown. */
  #isHeld: boolean | undefined = false;
  #askedMs = Number.NEGATIVE_INFINITY;
  #faultMs = Number.NEGATIVE_INFINITY;
  #idleBeats = 0;
  #refusedSince: string | undefined;
  /** Requests follow each other, so that the last one sent is the last one carried out. */
  #turn = Promise.resolve();

  /** `isBusy` says whether the server runs tasks, or is about to claim some. */
  constructor(agentUri: string, isBusy: () => boolean) {
    this.#url = `${agentUri}/task-protection/v1/state`;
    this.#isBusy = isBusy;
  }

  /** Since when ECS has refused the protection that the server needs: more would be protected than are desired. */
  get refusedSince(): string | undefined {
    return this.#refusedSince;
  }

  /**
   * Takes the protection before a claim. False if ECS refuses it: what is claimed now could be stopped at any moment.
   * If the agent itself fails, the server works on without.
   */
  async take(): Promise<boolean> {
    const isResting = Date.now() - this.#faultMs < FAULT_REST_MS;
    if (this.#isHeld || isResting || this.#refusedSince !== undefined) return this.#refusedSince === undefined;
    await this.#inTurn(() => this.#ask()).catch((error: unknown) => {
      log('The scale-in protection could not be taken.', { error });
    });
    return this.#refusedSince === undefined;
  }

  /**
   * Renews the protection, asks again if ECS has refused it, or gives it back; called at each heartbeat. Most calls
   * send nothing.
   * @throws AgentFailed; TimeoutError after 5 s
   */
  async update(): Promise<void> {
    this.#idleBeats = this.#isBusy() ? 0 : this.#idleBeats + 1;
    if (this.#isBusy()) return await this.#inTurn(() => this.#renew());
    // The next claim asks again.
    this.#refusedSince = undefined;
    if (this.#isHeld !== false && this.#idleBeats >= IDLE_BEATS) await this.#inTurn(() => this.#giveBack());
  }

  async #renew(): Promise<void> {
    if (!this.#isHeld || this.#refusedSince !== undefined || Date.now() - this.#askedMs >= RENEW_AFTER_MS)
      await this.#ask();
  }

  async #ask(): Promise<void> {
    const wasHeld = this.#isHeld;
    this.#askedMs = Date.now();
    const reply = await this.#put({ ProtectionEnabled: true, ExpiresInMinutes: PROTECTED_MINUTES });
    this.#isHeld = 'failure' in reply ? wasHeld : true;
    if ('failure' in reply) return this.#noteRefused(reply.failure.Reason);
    this.#refusedSince = undefined;
  }

  /** Said once: the record and the alarm say how long it lasts. */
  #noteRefused(reason: string): void {
    if (this.#refusedSince !== undefined) return;
    this.#refusedSince = new Date().toISOString();
    log('ECS refuses the scale-in protection: the server claims nothing until it is granted.', { reason });
  }

  /** A claim may have begun while this waited for its turn. */
  async #giveBack(): Promise<void> {
    if (this.#isBusy()) return;
    await this.#put({ ProtectionEnabled: false });
    this.#isHeld = false;
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #put(state: { readonly ProtectionEnabled: boolean; readonly ExpiresInMinutes?: number }) {
    this.#isHeld = undefined;
    try {
      return await this.#send(state);
    } catch (error) {
      this.#faultMs = Date.now();
      throw error;
    }
  }

  async #send(state: object) {
    const response = await fetch(this.#url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(state),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    const reply: unknown = await response.json();
    const known = replySchema.safeParse(reply);
    if (!known.success) throw new AgentFailed(response.status, reply);
    return known.data;
  }
}
