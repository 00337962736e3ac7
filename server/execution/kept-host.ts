import { randomUUID } from 'node:crypto';
import { LeftProcesses } from '#processes/left-processes';
import { HandlersRefused } from '#server/errors';
import type { TellReason } from '#server/sdk';
import { ATTEMPT_KEY, type Attempt, environmentOf, type Log, logOf } from './attempt.ts';
import type { Carrier, Listener } from './carriers/carrier.ts';
import { type Ending, failed } from './ending.ts';
import { type EndReport, endingOf, type HandlerSummary, type Report, startOrder } from './messages.ts';
import { RunningAttempt } from './running-attempt.ts';

/** A carrier that has not loaded the handlers in this time is ended. */
const LOAD_LIMIT_MS = 60_000;

type Open = (listener: Listener) => Carrier;
type Current = {
  readonly attempt: Attempt;
  readonly sequence: number;
  readonly running: RunningAttempt;
  /** Finds what the handler starts; undefined until the order to run it. */
  processes?: LeftProcesses;
  /** The carrier has said that the handler runs. It may have died before it was told. */
  hasStarted?: true;
};
type OfAttempt = Extract<Report, { type: 'started' | 'log' }> | EndReport;
type Loaded = { readonly carrier: Carrier; readonly ready: Promise<HandlerSummary[] | undefined> };

/**
 * Runs attempts in a carrier, one at a time. The carrier is kept between them, and replaced when it was ended by force,
 * died, or an attempt left anything behind: an attempt has ended when nothing of it runs any more.
 */
export class KeptHost {
  readonly #open: Open;
  readonly #log: Log;
  #loaded: Loaded | undefined;
  #isReady: ((handlers: HandlerSummary[] | undefined) => void) | undefined;
  #refusal: string | undefined;
  #sequence = 0;
  #current: Current | undefined;
  #isRetired = false;

  constructor(open: Open, log: Log) {
    this.#open = open;
    this.#log = log;
  }

  /**
   * Starts the carrier and returns its handlers.
   * @throws HandlersRefused, naming the file and the handler, if they cannot be loaded
   */
  async describe(): Promise<HandlerSummary[]> {
    const { carrier, ready } = this.#load();
    const handlers = await ready;
    if (handlers) return handlers;
    throw new HandlersRefused(this.#refusal ?? `The handlers were not loaded: ${await carrier.exited}`);
  }

  /** Starts an attempt; none may run. Its time-out counts from when its handler starts. */
  start(attempt: Attempt): RunningAttempt {
    const { carrier, ready } = this.#load();
    const sequence = ++this.#sequence;
    const tell = (reason: TellReason) => void ready.then(() => carrier.post({ type: 'tell', sequence, reason }));
    const running = new RunningAttempt({ tell, force: () => carrier.end(), group: carrier.group });
    const current: Current = { attempt, sequence, running };
    this.#current = current;
    void ready.then((handlers) => handlers && this.#begin(carrier, current));
    return running;
  }

  /** No attempt is to start any more: the carrier is not replaced when it ends. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Ends the carrier for good; no attempt may run. */
  async close(): Promise<void> {
    this.#loaded?.carrier.end();
    await this.#loaded?.carrier.gone;
  }

  #begin(carrier: Carrier, current: Current): void {
    const { attempt, running, sequence } = current;
    if (this.#current !== current) return;
    const key = randomUUID();
    current.processes = new LeftProcesses({
      variable: `${ATTEMPT_KEY}=${key}`,
      group: carrier.group,
      mark: carrier.mark,
    });
    running.begin(attempt.timeoutSeconds);
    carrier.post(startOrder(attempt, { sequence, environment: environmentOf(attempt, key) }));
  }

  #load(): Loaded {
    if (this.#loaded) return this.#loaded;
    const { promise: ready, resolve } = Promise.withResolvers<HandlerSummary[] | undefined>();
    this.#isReady = resolve;
    this.#refusal = undefined;
    const carrier = this.#open((report) => this.#hear(report));
    const loaded = { carrier, ready };
    this.#loaded = loaded;
    const timer = setTimeout(() => carrier.end(), LOAD_LIMIT_MS);
    void ready.then(() => clearTimeout(timer));
    void this.#follow(loaded, resolve);
    return loaded;
  }

  #hear(report: Report): void {
    if (report.type === 'ready') this.#isReady?.(report.handlers);
    else if (report.type === 'refused') this.#refusal = report.message;
    else if (report.sequence === this.#current?.sequence) this.#hearOf(this.#current, report);
  }

  #hearOf(current: Current, report: OfAttempt): void {
    const { attempt, running } = current;
    if (report.type === 'started') {
      current.hasStarted = true;
      return;
    }
    if (report.type === 'log') {
      logOf(this.#log, attempt)(report.message, report.fields ?? {});
      return;
    }
    const ending = endingOf(report);
    // After a forced stop only the carrier's end is the end of the attempt.
    if (running.endedByItself(ending)) void this.#clear(current, ending, report.left);
  }

  /** The handler has ended. If anything of it may run on, the carrier ends, and with that the attempt. */
  async #clear(current: Current, ending: Ending, leftInside: readonly string[]): Promise<void> {
    const { attempt, running, processes } = current;
    const found = (await processes?.find(leftInside.length === 0 ? undefined : 0)) ?? [];
    // The carrier may have died in the meantime.
    if (this.#current !== current) return;
    const left = [...leftInside, ...found.map((pid) => `process ${pid}`)];
    if (left.length > 0) {
      logOf(this.#log, attempt)('The handler left something behind, which ends with it.', { left });
      this.#loaded?.carrier.end();
      return;
    }
    this.#current = undefined;
    running.gone(ending);
  }

  /** When the carrier has ended, so has the attempt: after all processes that it started. */
  async #follow({ carrier }: Loaded, isReady: (handlers: undefined) => void): Promise<void> {
    const why = await carrier.exited;
    isReady(undefined);
    // The next attempt gets a new carrier, even if it comes while the remains of this one are cleared away.
    this.#loaded = undefined;
    const current = this.#current;
    await Promise.all([carrier.gone, current?.processes?.end()]);
    // Without one, nothing has ended with the carrier; with another one, its report was read in the meantime.
    if (!current || this.#current !== current) return;
    this.#current = undefined;
    if (!current.hasStarted) return current.running.gone({ outcome: 'NotStarted', why: this.#refusal ?? String(why) });
    // Only after an attempt: a carrier that dies while idle could otherwise be started again and again.
    if (!this.#isRetired) this.#load();
    current.running.gone(failed('HandlerCrashed', `The handler did not return: ${why}`));
  }
}
