/** Claims the tasks that a search has found, and says what becomes of those that this server does not get. */
import { RecordRefused, refusedOrThrow } from '#domain/errors';
import type { Task } from '#domain/tasks/task';
import { claimKnownTask, claimTask } from '#engine/tasks/claim-task';
import { type Claim, claimTogether } from '#engine/tasks/claim-together';
import { log } from '#server/log';
import { MissingHandlers } from './missing-handlers.ts';
import type { Candidates } from './search/candidates.ts';

/** How long a task is left out whose claim DynamoDB refuses for good: someone must repair its record. */
const REFUSED_MS = 60_000;

type ClaimerOptions = {
  readonly serverId: string;
  readonly heartbeatMs: number;
  /** The names of the server's handlers. */
  readonly handlers: readonly string[];
  readonly candidates: Pick<Candidates, 'leave' | 'putOff' | 'lose'>;
};

/** The claims of one server. */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #missing: MissingHandlers;
  #left = 0;

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.#missing = new MissingHandlers(options);
  }

  /** How many tasks it has left to servers that have their handlers. */
  get left(): number {
    return this.#left;
  }

  /**
   * Several claims go in one request; one with no other under way costs less alone. What a batch cannot claim is
   * claimed one by one. The records of `claims` are not read yet.
   * @throws Throttled, OutOfTime: some may have been claimed
   */
  async claim(given: readonly Claim[], isLone: boolean): Promise<{ tasks: Task[]; claims: Claim[] }> {
    const { candidates } = this.#options;
    const together = given.length === 1 && isLone ? undefined : await claimTogether(given, this.#self());
    const none = { tasks: [], claims: [], lost: [], lacking: [], refused: [], others: given };
    const { tasks, claims, lost, lacking, refused, others } = together ?? none;
    for (const { key } of lost) void candidates.lose(key);
    for (const claim of refused) this.#leaveRefused(claim);
    const claimed = await Promise.all([
      ...others.map((claim) => this.#claimOne(claim)),
      ...lacking.map(({ claim, task }) => this.#leaveOrClaim(claim, task)),
    ]);
    return { claims, tasks: [...tasks, ...claimed.filter((task) => task !== undefined)] };
  }

  async #claimOne(claim: Claim): Promise<Task | undefined> {
    const { claimed, lacking, isRefused } = await claimKnownTask(claim, this.#self());
    if (isRefused) this.#leaveRefused(claim);
    else if (!claimed && !lacking) void this.#options.candidates.lose(claim.key);
    return lacking ? this.#leaveOrClaim(claim, lacking) : claimed;
  }

  /** DynamoDB never takes the record of the claim: it is too large. Others are to start meanwhile. */
  #leaveRefused({ key }: Claim): void {
    log('DynamoDB refuses the claim of a task; the server tries again later.', { key, refusedMs: REFUSED_MS });
    this.#options.candidates.putOff(key, REFUSED_MS);
  }

  /** A task whose handler this server does not have is left to others. If none of them has it, the attempt says so. */
  async #leaveOrClaim(claim: Claim, lacking: Task): Promise<Task | undefined> {
    const leaveMs = await this.#missing.leaveMs(lacking);
    if (leaveMs === 0) return this.#claimLacking(claim);
    this.#options.candidates.leave(claim.key, leaveMs);
    this.#left += 1;
    return undefined;
  }

  async #claimLacking(claim: Claim): Promise<Task | undefined> {
    const { key, claimId } = claim;
    const claimed = await claimTask(key, { ...this.#self(), claimId }).catch(refusedOrThrow);
    if (!(claimed instanceof RecordRefused)) return claimed;
    this.#leaveRefused(claim);
    return undefined;
  }

  #self() {
    const { serverId, handlers } = this.#options;
    return { serverId, handlers, now: new Date().toISOString() };
  }
}
