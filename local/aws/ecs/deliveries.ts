import { pause } from '#processes/pause';
import { WorkUnderWay } from '#processes/work-under-way';
import type { Manners } from './aws-manners.ts';
import type { EcsEvent } from './events.ts';
import { CLOSE_DELIVERIES_MS, FIRST_DELIVERY_WAIT_MS, MAX_DELIVERY_ATTEMPTS, MAX_DELIVERY_WAIT_MS } from './limits.ts';

type DeliveryOptions = {
  readonly handler: (event: EcsEvent) => Promise<void>;
  readonly log: (line: string) => void;
  /** Without them, each event is sent once and at once. */
  readonly manners?: Manners | undefined;
};

/** Delivers events to the handler, each on its own: a slow or failing delivery does not delay the others. */
export class Deliveries {
  readonly #options: DeliveryOptions;
  readonly #underWay = new WorkUnderWay<boolean>();
  readonly #closing = new AbortController();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** True when the handler has accepted the event; false after MAX_DELIVERY_ATTEMPTS or a close. Never rejects. */
  async send(event: EcsEvent): Promise<boolean> {
    const delays = this.#options.manners?.deliveriesMs() ?? [0];
    const sent = await Promise.all(delays.map((delayMs) => this.#underWay.add(this.#deliver(event, delayMs))));
    return sent.includes(true);
  }

  /** Makes no further attempts, and waits up to CLOSE_DELIVERIES_MS for those that run. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#underWay.settle(CLOSE_DELIVERIES_MS);
  }

  async #deliver(event: EcsEvent, delayMs: number): Promise<boolean> {
    // A close sends the event at once: a stopped task must be reported.
    if (delayMs > 0) await pause(delayMs, this.#closing.signal);
    for (let attempt = 1; attempt <= MAX_DELIVERY_ATTEMPTS; attempt += 1) {
      if (await this.#attempt(event, attempt)) return true;
      if (this.#closing.signal.aborted || attempt === MAX_DELIVERY_ATTEMPTS) break;
      const waitMs = Math.min(MAX_DELIVERY_WAIT_MS, FIRST_DELIVERY_WAIT_MS * 2 ** (attempt - 1));
      if (!(await pause(waitMs, this.#closing.signal))) break;
    }
    this.#options.log(`ecs: gave up on the delivery of ${nameOf(event)}`);
    return false;
  }

  async #attempt(event: EcsEvent, attempt: number): Promise<boolean> {
    try {
      await this.#options.handler(event);
      return true;
    } catch (error) {
      this.#options.log(`ecs: attempt ${attempt} to deliver ${nameOf(event)} failed: ${error}`);
      return false;
    }
  }
}

function nameOf(event: EcsEvent): string {
  if (event['detail-type'] !== 'ECS Task State Change')
    return `${event.detail.eventName} of ${event.detail.deploymentId}`;
  return `${event.detail.lastStatus} (version ${event.detail.version}) of ${event.detail.taskArn}`;
}
