/** The claim loop: it finds Ready tasks for the free slots, claims them, and has those started that may run. */
import { type Claim, newClaim } from '#engine/tasks/claim-together';
import type { Attempts } from '#server/attempts/attempts';
import { log } from '#server/log';
import { WakeSignal } from '#server/wake-signal';
import type { ReadyTaskKey } from '#store/tasks';
import { Ahead } from './ahead.ts';
import { Claimer } from './claimer.ts';
import { type Lane, Lanes } from './lanes.ts';
import type { Nudges } from './nudges.ts';
import type { Candidates } from './search/candidates.ts';
import { Starts } from './starts.ts';
import { UnknownClaims } from './unknown-claims.ts';

/** The wait of an idle server doubles with each search that starts nothing, up to the limit. */
const FIRST_IDLE_MS = 25;
const MAX_IDLE_MS = 1_000;
/** The limit of a server that is nudged for all that it could claim. Its heartbeats make it look in between. */
const MAX_NUDGED_IDLE_MS = 60_000;

type ClaimLoopOptions = {
  readonly serverId: string;
  /** A task starts only if its job was read within this time: the next heartbeats bring a cancel that came since. */
  readonly heartbeatMs: number;
  readonly candidates: Pick<Candidates, 'find' | 'avoid' | 'leave' | 'putOff' | 'lose' | 'quietMs'>;
  readonly nudges: Pick<Nudges, 'areHeard' | 'take' | 'listen' | 'share' | 'stop'>;
  /** The names of its handlers. */
  readonly handlers: readonly string[];
  readonly attempts: Attempts;
  readonly slots: number;
  /** Aborted when the server has ended: then no write is repeated any more. */
  readonly serverEnd: AbortSignal;
  /** How many of the slots are for jobs with ReservedCapacity only. */
  readonly reservedSlots: number;
  freeSlots(): number;
  /** Whether the server may start tasks now: it is Active, does not stop, and holds its lease. */
  mayStart(): boolean;
  /** Makes the server safe from a scale-in before it claims; false if it must not claim now. */
  protect(): Promise<boolean>;
};

/** Claims tasks from `start` until `stop`. */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions;
  readonly #claimer: Claimer;
  readonly #wake = new WakeSignal();
  readonly #lanes = new Lanes();
  readonly #starts: Starts;
  readonly #ahead: Ahead;
  readonly #unknown: UnknownClaims;
  #isStopping = false;
  #isClaiming = false;

  constructor(options: ClaimLoopOptions) {
    this.#options = options;
    this.#claimer = new Claimer(options);
    this.#ahead = new Ahead(options.slots);
    this.#unknown = new UnknownClaims(options.serverEnd);
    this.#starts = new Starts({ ...options, onLate: () => this.#ahead.late() });
  }

  start(): void {
    void this.#loop();
  }

  /** An attempt has ended. */
  slotFree(tookMs: number): void {
    this.#ahead.ended(tookMs);
    this.wake();
  }

  /** Ends the idle wait: there may be tasks or a free slot, or the server may start tasks again, or none any more. */
  wake(): void {
    this.#starts.look();
    this.#wake.set();
    this.#lanes.look();
  }

  /** Whether it is about to claim, or what it has claimed is not started yet. */
  get isClaiming(): boolean {
    return this.#isClaiming || !this.#lanes.isEmpty;
  }

  /** Whether a task of the job is claimed and has not started. */
  hasClaimed(jobId: string): boolean {
    return this.#starts.has(jobId);
  }

  /** Stops claiming, and returns when every claimed task was started or given back. A search may still be under way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.wake();
    await Promise.all([this.#options.nudges.stop(), this.#lanes.end().then(() => this.#unknown.end())]);
  }

  /** A loop that has started something searches again at once: there may be more. So may there be behind left tasks. */
  async #loop(): Promise<void> {
    const { nudges } = this.#options;
    let idleMs = FIRST_IDLE_MS;
    while (!this.#isStopping) {
      const { left } = this.#claimer;
      const answer = nudges.take();
      const outcome = await this.#tryToClaim();
      const started = outcome ?? 0;
      const hasLeft = this.#claimer.left > left;
      answer?.(hasLeft || outcome === undefined || (started === 0 && !this.#isOpen()));
      if (started > 0 && this.#freeSlots() === 0) nudges.share();
      // The index may lag behind a nudge, so that a search which finds nothing is soon followed by another one.
      idleMs = started > 0 || hasLeft || answer ? FIRST_IDLE_MS : Math.min(this.#maxIdleMs(), idleMs * 2);
      if (started === 0) await this.#idle(idleMs);
    }
  }

  async #idle(ms: number): Promise<void> {
    if (this.#freeSlots() > 0) this.#options.nudges.listen();
    await this.#wake.wait(ms);
  }

  /** A server that waits for a nudge looks by itself when the turn of a job comes that waits for a time. */
  #maxIdleMs(): number {
    const { nudges, candidates } = this.#options;
    const longest = nudges.areHeard ? MAX_NUDGED_IDLE_MS : MAX_IDLE_MS;
    return candidates.quietMs === 0 ? MAX_IDLE_MS : Math.min(longest, candidates.quietMs);
  }

  /** How many tasks were started; undefined if the search has failed. */
  async #tryToClaim(): Promise<number | undefined> {
    try {
      const wanted = this.#wanted();
      return wanted === 0 ? 0 : await this.#claimSome(wanted);
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  /** Whether it would claim any task that it finds now. */
  #isOpen(): boolean {
    return !this.#unknown.areMany && this.#openOf(this.#freeSlots()) > 0;
  }

  #freeSlots(): number {
    return Math.max(0, this.#open());
  }

  /** The free slots less those that are spoken for, below 0 if tasks wait for slots. */
  #open(): number {
    return this.#options.mayStart() ? this.#options.freeSlots() - this.#lanes.slots - this.#starts.count : 0;
  }

  /** How many tasks it would claim now. One with reserved slots does not know which of them a task will have. */
  #wanted(): number {
    if (this.#unknown.areMany) return 0;
    const { reservedSlots, mayStart } = this.#options;
    const ahead = reservedSlots === 0 && mayStart() ? this.#ahead.tasks : 0;
    return Math.max(0, this.#open() + ahead);
  }

  async #claimSome(wanted: number): Promise<number> {
    const keys = await this.#findKeys(wanted);
    if (keys.length === 0 || this.#isStopping) return 0;
    this.#isClaiming = true;
    try {
      return (await this.#options.protect()) && !this.#isStopping ? await this.#claimBeside(keys) : 0;
    } finally {
      this.#isClaiming = false;
    }
  }

  /** Claims the tasks; goes on without them if a slot is free before they have started. */
  async #claimBeside(keys: readonly ReadyTaskKey[]): Promise<number> {
    const claims = keys.map(newClaim);
    const claim = (lane: Lane) =>
      this.#claimAndStart(claims, lane).catch((error: unknown) => {
        this.#unknown.undo(claims);
        return this.#fail(error);
      });
    const mayRunAnother = () => !this.#isStopping && this.#wanted() > 0;
    return (await this.#lanes.run(keys.length, claim, mayRunAnother)) ?? keys.length;
  }

  #fail(error: unknown): number {
    log('Claiming failed; the server tries again.', { error });
    return 0;
  }

  /** @throws before any task has started: then all of the claims may be held */
  async #claimAndStart(given: readonly Claim[], lane: Lane): Promise<number> {
    const claimed = await this.#claimer.claim(given, this.#lanes.isLone);
    lane.slots = 0;
    const starting = this.#starts.start(claimed);
    this.#lanes.look();
    const { started, unknown, fault } = await starting;
    this.#unknown.undo(given.filter(({ claimId }) => unknown.includes(claimId)));
    if (unknown.length > 0) this.#fail(fault);
    return started;
  }

  /** Reserved slots that no job uses yet are not open to other jobs. */
  async #findKeys(free: number): Promise<ReadyTaskKey[]> {
    const open = this.#openOf(free);
    return this.#options.candidates.find(open > 0 ? open : free, open <= 0);
  }

  /** How many of the free slots are open to all jobs. */
  #openOf(free: number): number {
    const { reservedSlots, attempts } = this.#options;
    return free - Math.max(0, reservedSlots - attempts.reservedCount);
  }
}
