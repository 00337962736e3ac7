/** Claims whose outcome the server does not know, because a request has failed. */
import { refusedOrThrow } from '#domain/errors';
import { jobIdOf } from '#domain/jobs/shards';
import type { Claim } from '#engine/tasks/claim-together';
import { undoUnknownClaim } from '#engine/tasks/undo-claim';
import { persist } from '#server/attempts/persist';
import { log } from '#server/log';
import { checkJob } from './give-back.ts';

/** With as many of them the server claims nothing more: the store does not take its writes. */
const MOST = 64;

/** The unknown claims of one server. */
export class UnknownClaims {
  readonly #serverEnd: AbortSignal;
  readonly #undoing = new Set<Promise<void>>();

  /** `serverEnd` is aborted when the server has ended: what it holds is settled then. */
  constructor(serverEnd: AbortSignal) {
    this.#serverEnd = serverEnd;
  }

  get areMany(): boolean {
    return this.#undoing.size >= MOST;
  }

  /** Undoes these claims for good, without its caller: also one whose request is still to arrive. */
  undo(claims: readonly Claim[]): void {
    for (const claim of claims) {
      const undoing = persist(() => undoOne(claim), this.#serverEnd).finally(() => this.#undoing.delete(undoing));
      this.#undoing.add(undoing);
    }
  }

  /** Waits until none is left. */
  async end(): Promise<void> {
    await Promise.all(this.#undoing);
  }
}

/** An earlier call may have undone the claim and then failed: so its job is offered and checked in any case. */
async function undoOne(claim: Claim): Promise<void> {
  try {
    await undoUnknownClaim(claim);
  } catch (error) {
    // It never takes the claim's own write either.
    refusedOrThrow(error);
    log('DynamoDB refuses the record of a task, which cannot be claimed.', { error, taskId: claim.key.taskId });
  }
  await checkJob({ jobId: jobIdOf(claim.key.shardId) }, true);
}
