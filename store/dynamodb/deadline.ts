/**
 * Deadlines: until when an act may send requests. A function is frozen after its reply, and what is then under way goes
 * on at its next call, minutes later. So a request ends before the reply, or it is not sent.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { OutOfTime } from '#domain/errors';

/** What one request may take: this much is kept in reserve, so a request that starts also ends. */
const REQUEST_MS = 1_000;
/** The longest time-out of a function. Node's timers take at most 24 days. */
const MAX_ACT_MS = 15 * 60 * 1000;

type Time = { readonly deadlineMs: number; readonly over: AbortSignal };
/** Options of a request, for the SDK's client that sends it. */
export type SendOptions = { readonly abortSignal?: AbortSignal };

const times = new AsyncLocalStorage<Time>();

/**
 * Runs the act until the deadline, in epoch milliseconds; within another act, until the earlier one. All requests of
 * the act share it, however deep they are made. Once this settles, nothing that the act began sends anything any more.
 * @throws OutOfTime at the deadline, and what the act throws
 */
export async function withDeadline<T>(deadlineMs: number, act: () => Promise<T>): Promise<T> {
  const ending = new AbortController();
  const end = () => ending.abort(new OutOfTime());
  const outer = times.getStore();
  const time = {
    deadlineMs: Math.min(deadlineMs, outer?.deadlineMs ?? deadlineMs),
    over: outer ? AbortSignal.any([outer.over, ending.signal]) : ending.signal,
  };
  const leftMs = Math.max(0, time.deadlineMs - Date.now());
  const timer = setTimeout(end, Math.min(leftMs, MAX_ACT_MS));
  try {
    return await Promise.race([times.run(time, act), endOf(time.over)]);
  } finally {
    clearTimeout(timer);
    // Cuts off what the act has left behind.
    end();
  }
}

/** For how many milliseconds a request may still start; infinite without a deadline. */
export function timeLeftMs(): number {
  const time = times.getStore();
  if (!time) return Number.POSITIVE_INFINITY;
  return time.over.aborted ? 0 : Math.max(0, time.deadlineMs - REQUEST_MS - Date.now());
}

/**
 * Sends a request of an SDK's client within the deadline: `send` passes on the options, so the SDK's own waits and
 * retries end with it.
 * @throws OutOfTime if the request may not end in time, or has not
 */
export async function inTime<T>(send: (options: SendOptions) => Promise<T>): Promise<T> {
  const time = times.getStore();
  if (!time) return send({});
  checkTime();
  try {
    return await send({ abortSignal: time.over });
  } catch (error) {
    if (time.over.aborted) throw new OutOfTime({ cause: error });
    throw error;
  }
}

/** Where `refuseLate` stands among a client's middlewares: it sees each attempt of a request. */
export const EACH_ATTEMPT = { step: 'finalizeRequest', priority: 'low', name: 'refuseLate' } as const;

/** A middleware of an SDK's client: a retry that may not end in time is not sent. */
export function refuseLate<Args, Result>(next: (args: Args) => Promise<Result>): (args: Args) => Promise<Result> {
  return async (args) => {
    checkTime();
    return next(args);
  };
}

function checkTime(): void {
  if (timeLeftMs() <= 0) throw new OutOfTime();
}

function endOf(over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => over.addEventListener('abort', () => reject(over.reason), { once: true }));
}
