/** What carries a handler: a thread or a process that is kept between attempts. */
import type { Pace } from '#processes/paced-output';
import type { ProcessMark } from '#processes/process-mark';
import type { Order, Report } from '#server/execution/messages';

export type Carrier = {
  /** The process group; undefined for a thread. */
  readonly group: number | undefined;
  /** What all its processes bear; undefined for a thread. */
  readonly mark?: ProcessMark;
  /** Resolves with why the carrier ended, as soon as it runs no more. Never rejects. */
  readonly exited: Promise<unknown>;
  /** The same, when all that it has written is read. Never rejects. */
  readonly gone: Promise<unknown>;
  /** Sends an order. A carrier that has just ended does not get it; its end is reported. */
  post(order: Order): void;
  /** Ends the carrier by force. */
  end(): void;
};

/** Gets what a carrier reports. A handler may send reports of its own, so they are checked like all input. */
export type Listener = (report: Report) => void;

/** What every carrier is started with. */
export type CarrierOptions = {
  /** A module with the user's own handlers. */
  readonly handlersFile?: string;
  readonly maxHeapMb: number;
  /** How much a handler may print, and how much it may report. */
  readonly pace: Pace;
};
