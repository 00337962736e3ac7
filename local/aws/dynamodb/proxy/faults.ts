/**
 * Faults of DynamoDB, on order. A test orders one by a method; the function that the method returns ends it:
 *
 *     const resume = faults.pause();
 *     setTimeout(resume, 10_000);
 *     faults.throttle(({ operation }) => operation === 'BatchWriteItem');
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** A request, by its operation (`UpdateItem`) and its JSON text. */
type Request = { readonly operation: string; readonly body: string };
type Match = (request: Request) => boolean;
/** Ends the fault. */
type End = () => void;

type Kind = 'delay' | 'pause' | 'throttle' | 'fail' | 'loseReply';
type Fault = {
  readonly kind: Kind;
  readonly matches: Match;
  /** Of the requests that match. */
  readonly percent: number;
  readonly ms: number;
  readonly ended: PromiseWithResolvers<void>;
};

const all: Match = () => true;

/** The faults that are in force. Each takes only requests that match, all if no match is named. */
export class Faults {
  readonly #inForce = new Set<Fault>();

  /** Every request takes so much longer. */
  delay(ms: number, matches: Match = all): End {
    return this.#add({ kind: 'delay', matches, ms });
  }

  /** No request is carried out or answered until the end; then those that wait are carried out, abandoned or not. */
  pause(matches: Match = all): End {
    return this.#add({ kind: 'pause', matches });
  }

  /** Requests are refused with ThrottlingException. */
  throttle(matches: Match = all): End {
    return this.#add({ kind: 'throttle', matches });
  }

  /** This percentage of requests is answered by 500 InternalServerError and not carried out. */
  fail(percent: number, matches: Match = all): End {
    return this.#add({ kind: 'fail', matches, percent });
  }

  /** This percentage of requests is carried out, and the connection is cut instead of a reply. */
  loseReplies(percent: number, matches: Match = all): End {
    return this.#add({ kind: 'loseReply', matches, percent });
  }

  /** Ends all faults. */
  clear(): void {
    for (const { ended } of this.#inForce) ended.resolve();
    this.#inForce.clear();
  }

  /** Waits as long as a pause or a delay says. */
  async wait(request: Request): Promise<void> {
    for (let pause = this.#find('pause', request); pause; pause = this.#find('pause', request)) {
      await pause.ended.promise;
    }
    const delay = this.#find('delay', request);
    if (delay) await sleep(delay.ms);
  }

  /** Whether such a fault takes the request. */
  takes(kind: Kind, request: Request): boolean {
    return this.#find(kind, request) !== undefined;
  }

  #add(fault: Pick<Fault, 'kind' | 'matches'> & Partial<Fault>): End {
    const whole = { percent: 100, ms: 0, ...fault, ended: Promise.withResolvers<void>() };
    this.#inForce.add(whole);
    return () => {
      this.#inForce.delete(whole);
      whole.ended.resolve();
    };
  }

  #find(kind: Kind, request: Request): Fault | undefined {
    return [...this.#inForce].find(
      (fault) => fault.kind === kind && fault.matches(request) && Math.random() * 100 < fault.percent,
    );
  }
}
