/** Sends one call, and repeats it where a repeat is safe. */
import { backOffMs, pause } from './pace.ts';
import { Refused, refusalIn, Unreachable } from './refused.ts';

/** Returns a token; with `renew` another one than before, because the API has refused that as invalid. */
export type TokenSource = (renew?: boolean) => Promise<string | undefined> | string | undefined;

/** What all calls of a client share. */
export type Wire = {
  readonly token: TokenSource;
  readonly onReply?: ((response: Response) => void) | undefined;
  readonly onRepeat?: ((cause: Refused | Unreachable) => void) | undefined;
};

/** A call as HTTP sends it. */
type Call = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

const MAX_ATTEMPTS = 4;
/** API Gateway waits 30 s for a function. */
const REPLY_LIMIT_MS = 35_000;
/** A longer wait is for the caller to decide. */
const MAX_RETRY_AFTER_SECONDS = 30;
const UNAUTHORIZED = 401;
const WORTH_REPEATING: readonly number[] = [429, 502, 503, 504];

/**
 * The reply as JSON. A GET, and what has an idempotency key, is tried up to `MAX_ATTEMPTS` times. If the token is
 * refused, the call is sent once more with a new one.
 * @throws Refused, Unreachable, or the reason of the signal
 */
export async function send(call: Call, wire: Wire): Promise<unknown> {
  const isRepeatable = call.method === 'GET' || 'idempotency-key' in call.headers;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendWithToken(call, wire);
    } catch (error) {
      call.signal?.throwIfAborted();
      if (!isRepeatable || attempt >= MAX_ATTEMPTS || !mayHelp(error)) throw error;
      wire.onRepeat?.(error);
      await pause(backOffMs(attempt, error instanceof Refused ? error.retryAfterSeconds : 0), call.signal);
    }
  }
}

/** Whether the same call may succeed a little later. */
export function mayHelp(error: unknown): error is Refused | Unreachable {
  if (error instanceof Unreachable) return true;
  if (!(error instanceof Refused)) return false;
  return WORTH_REPEATING.includes(error.status) && (error.retryAfterSeconds ?? 0) <= MAX_RETRY_AFTER_SECONDS;
}

async function sendWithToken(call: Call, { token, onReply }: Wire): Promise<unknown> {
  const first = await token();
  const response = await sendOnce(call, first);
  onReply?.(response);
  if (response.status !== UNAUTHORIZED || first === undefined) return await read(response);
  const renewed = await token(true);
  return await read(renewed === undefined || renewed === first ? response : await sendOnce(call, renewed));
}

async function sendOnce({ url, method, headers, body, signal }: Call, token: string | undefined): Promise<Response> {
  const limit = AbortSignal.timeout(REPLY_LIMIT_MS);
  try {
    return await fetch(url, {
      method,
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined ? {} : { body }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new Unreachable(new URL(url).origin, error);
  }
}

async function read(response: Response): Promise<unknown> {
  if (!response.ok) throw await refusalIn(response);
  return await response.json();
}
