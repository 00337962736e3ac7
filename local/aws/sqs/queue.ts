/**
 * A standard queue. Sources: Amazon SQS Developer Guide, "Amazon SQS visibility timeout", "Amazon SQS short and long
 * polling", "At-least-once delivery"; it promises no order.
 */
import { randomUUID } from 'node:crypto';
import { AwsError } from '#local/aws/wire/aws-json';
import { MAX_IN_FLIGHT } from './limits.ts';

type QueueSettings = {
  readonly name: string;
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  /** How long a receive waits that does not say it. */
  readonly waitSeconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether a message that is received stays visible, too: then it comes twice. */
  readonly comesTwice: () => boolean;
};
type Stored = {
  readonly messageId: string;
  readonly body: string;
  readonly sentMs: number;
  /** It is in flight until then. */
  visibleMs: number;
  receives: number;
  firstReceivedMs?: number;
  /** Of the last receive: only this one counts. */
  handle?: string;
};
/** A message as a receive returns it. */
export type Received = Readonly<Omit<Stored, 'handle'>> & { readonly handle: string };
type Wanted = { readonly max: number; readonly waitSeconds?: number; readonly visibilitySeconds?: number };
type Waiting = { readonly take: () => boolean };

/** The messages of one queue, in memory. */
export class Queue {
  readonly settings: QueueSettings;
  readonly #waiting = new Set<Waiting>();
  #messages: Stored[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: QueueSettings) {
    this.settings = settings;
  }

  /** Keeps a message; returns its id. */
  send(body: string): string {
    const nowMs = this.settings.now();
    const messageId = randomUUID();
    this.#messages.push({ messageId, body, sentMs: nowMs, visibleMs: nowMs, receives: 0 });
    this.#serve();
    return messageId;
  }

  /**
   * Messages that are visible now, or the first that becomes visible within the wait; none after it. A client that has
   * gone away gets none.
   */
  async receive({ max, waitSeconds = this.settings.waitSeconds, ...wanted }: Wanted, gone: AbortSignal) {
    const { visibilitySeconds = this.settings.visibilitySeconds } = wanted;
    const found = this.#takeVisible(max, visibilitySeconds);
    if (found.length > 0 || waitSeconds === 0 || gone.aborted) return found;
    const { promise, resolve } = Promise.withResolvers<Received[]>();
    const waiting = { take: () => offer(this.#takeVisible(max, visibilitySeconds), resolve) };
    const end = () => resolve([]);
    const timer = setTimeout(end, waitSeconds * 1000);
    gone.addEventListener('abort', end);
    this.#waiting.add(waiting);
    this.#schedule();
    const received = await promise;
    this.#waiting.delete(waiting);
    clearTimeout(timer);
    gone.removeEventListener('abort', end);
    return received;
  }

  /** Removes a message by the handle of its last receive. A message that is gone is no error. */
  delete(handle: string): void {
    this.#messages = this.#messages.filter((message) => message.handle !== handle);
  }

  /**
   * Changes when a message in flight is visible again, from now on.
   * @throws AwsError MessageNotInflight
   */
  changeVisibility(handle: string, seconds: number): void {
    const nowMs = this.settings.now();
    const message = this.#messages.find((one) => one.handle === handle);
    if (!message || message.visibleMs <= nowMs)
      throw new AwsError('MessageNotInflight', "The specified message isn't in flight.");
    message.visibleMs = nowMs + seconds * 1000;
    this.#serve();
  }

  /** How many messages can be received, and how many are in flight. */
  get counts(): { visible: number; inFlight: number } {
    this.#expire();
    const visible = this.#messages.filter(({ visibleMs }) => visibleMs <= this.settings.now()).length;
    return { visible, inFlight: this.#messages.length - visible };
  }

  /** Ends all waits. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #takeVisible(max: number, visibilitySeconds: number): Received[] {
    const nowMs = this.settings.now();
    const { visible, inFlight } = this.counts;
    if (visible === 0) return [];
    if (inFlight >= MAX_IN_FLIGHT) throw new AwsError('OverLimit', 'Too many messages are in flight.');
    return this.#messages
      .filter(({ visibleMs }) => visibleMs <= nowMs)
      .slice(0, max)
      .map((message) => {
        const handle = randomUUID();
        message.firstReceivedMs ??= nowMs;
        message.receives += 1;
        message.handle = handle;
        if (!this.settings.comesTwice()) message.visibleMs = nowMs + visibilitySeconds * 1000;
        return { ...message, handle };
      });
  }

  /** Hands visible messages to the receives that wait, the first one first. */
  #serve(): void {
    for (const waiting of this.#waiting) if (waiting.take()) this.#waiting.delete(waiting);
    this.#schedule();
  }

  /** Comes back when the next message in flight is visible again, while someone waits. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.size === 0 || this.#messages.length === 0) return;
    const nextMs = Math.min(...this.#messages.map(({ visibleMs }) => visibleMs));
    this.#timer = setTimeout(() => this.#serve(), Math.max(1, nextMs - this.settings.now()));
  }

  #expire(): void {
    const oldestMs = this.settings.now() - this.settings.retentionSeconds * 1000;
    this.#messages = this.#messages.filter(({ sentMs }) => sentMs > oldestMs);
  }
}

function offer(found: Received[], give: (found: Received[]) => void): boolean {
  if (found.length > 0) give(found);
  return found.length > 0;
}
