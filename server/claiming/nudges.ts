/** How an idle server hears that there are tasks: it waits for a nudge while it has a free slot and finds nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { servesAny } from '#domain/servers/server';
import { endNudge, hasNudges, type Nudge, passOnNudge, receiveNudge } from '#engine/aws/nudges';
import { nudgeServers } from '#engine/servers/nudge-servers';
import { log } from '#server/log';

/** A server that could not use a nudge leaves the next ones to others for this long. */
const LEAVE_MS = 1_000;
/** A server that is full nudges another one at most this often. */
const SHARE_MS = 1_000;

type NudgesOptions = {
  /** The groups that the server serves. */
  readonly batchGroups: readonly string[];
  /** Whether the server would claim a task now. */
  mayClaim(): boolean;
  /** Called for a nudge: the claim loop is to look at once, and to `take` the nudge before. */
  onNudge(batchGroups: readonly string[]): void;
};
/** Says that the server has looked because of the nudge, and whether it leaves tasks to others. */
type Answer = (leavesTasks: boolean) => void;

/** The nudges of one server. It has at most one in hand. */
export class Nudges {
  readonly #options: NudgesOptions;
  readonly #end = new AbortController();
  #listening: Promise<void> | undefined;
  #answer: Answer | undefined;
  /** Ends the wait for the look of the nudge in hand. */
  #endLook: Answer | undefined;
  #isDeaf = !hasNudges();
  #sharedMs = 0;

  constructor(options: NudgesOptions) {
    this.#options = options;
  }

  /** Whether nudges come, as far as the server knows. If not, it must look often. */
  get areHeard(): boolean {
    return !this.#isDeaf;
  }

  /** Waits for nudges, without its caller, for as long as the server would claim a task. */
  listen(): void {
    if (!hasNudges() || this.#listening || this.#end.signal.aborted) return;
    this.#listening = this.#hear().finally(() => {
      this.#listening = undefined;
    });
  }

  /** The nudge that is in hand, if there is one: a search that begins now may answer it. */
  take(): Answer | undefined {
    const answer = this.#answer;
    this.#answer = undefined;
    return answer;
  }

  /** Nudges another server: this one is full, and there may be more tasks. */
  share(): void {
    if (Date.now() - this.#sharedMs < SHARE_MS) return;
    this.#sharedMs = Date.now();
    void nudgeServers(this.#options.batchGroups);
  }

  /** Gives back the nudge that is in hand, and hears no more. */
  async stop(): Promise<void> {
    this.#end.abort();
    this.#endLook?.(true);
    await this.#listening;
  }

  async #hear(): Promise<void> {
    try {
      while (this.#options.mayClaim() && !this.#end.signal.aborted) {
        const nudge = await receiveNudge(this.#end.signal);
        this.#isDeaf = false;
        if (nudge) await this.#follow(nudge);
      }
    } catch (error) {
      if (this.#end.signal.aborted) return;
      if (!this.#isDeaf) log('Nudges cannot be received; the server looks for tasks more often.', { error });
      this.#isDeaf = true;
    }
  }

  /** What this server cannot use is for others: it has no free slot any more, drains, stops, or lacks the handler. */
  async #follow(nudge: Nudge): Promise<void> {
    const { batchGroups, mayClaim } = this.#options;
    const isForMe = mayClaim() && servesAny(batchGroups, nudge.batchGroups);
    if (isForMe && !(await this.#look(nudge))) return endNudge(nudge);
    await passOnNudge(nudge);
    await sleep(LEAVE_MS, undefined, { signal: this.#end.signal });
  }

  /** Lets the claim loop look; returns whether it leaves tasks to others. */
  #look({ batchGroups }: Nudge): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#answer = resolve;
    this.#endLook = resolve;
    this.#options.onNudge(batchGroups);
    return promise;
  }
}
