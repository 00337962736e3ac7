/** How Step Functions behaves when it is not at its kindest: late, with lost replies, and with passing faults. */
import type { Chance } from '#local/aws/chance';
import { FAULT_SHARE, LATE_SHARE, LOST_REPLY_SHARE, MAX_LATE_MS } from './limits.ts';

type Invoke = (functionArn: string, payload: unknown) => Promise<unknown>;

/** A fault of Lambda's own, or of the way to it. */
class LambdaFault extends Error {
  override readonly name = 'Lambda.SdkClientException';
}

/** The manners, drawn by chance. */
export class Manners {
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** How late a request is served, in milliseconds. */
  delayMs(): number {
    return this.#chance.happens(LATE_SHARE) ? this.#chance.draw() * MAX_LATE_MS : 0;
  }

  /** Whether a request is served, but its reply does not arrive: then the SDK repeats the request. */
  losesReply(): boolean {
    return this.#chance.happens(LOST_REPLY_SHARE);
  }

  /**
   * A Lambda may have run although the workflow sees a fault of the service; its Retry calls the Lambda again.
   * Source: Step Functions Developer Guide, "Best practices", "Handle transient Lambda service exceptions".
   */
  faulty(invoke: Invoke): Invoke {
    return async (functionArn, payload) => {
      const result = await invoke(functionArn, payload);
      if (this.#chance.happens(FAULT_SHARE)) throw new LambdaFault('The reply of Lambda did not arrive.');
      return result;
    };
  }
}
