/** Why a call has failed. */

/** The members of a refusal (RFC 9457) that every one has; each code has more of its own. */
export type Problem = {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly [member: string]: unknown;
};

/** The API has refused the call. `code` is stable; `problem` has all that it said. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;
  /** When the API takes the same call again, if it said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No reply came: the address is wrong, the system does not run, or the network is down. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  /** The origin that was asked. */
  readonly url: string;

  constructor(url: string, cause: unknown) {
    super(`There is no answer from ${url}: ${reasonOf(cause)}.`, { cause });
    this.url = url;
  }
}

/** A sign-in at an issuer did not work. The message says why, in words for the user. */
export class SignInFailed extends Error {
  override readonly name = 'SignInFailed';
}

/** The refusal in a reply. A gateway or proxy on the way may refuse in words of its own. */
export async function refusalIn(response: Response): Promise<Refused> {
  const text = await response.text();
  const sent = parse(text);
  const { status } = response;
  const problem = {
    ...sent,
    status,
    code: typeof sent.code === 'string' ? sent.code : (CODES[status] ?? 'Internal'),
    detail: typeof sent.detail === 'string' ? sent.detail : `The reply was ${status} ${response.statusText}: ${text}`,
  };
  return new Refused(problem, secondsIn(response.headers.get('retry-after')));
}

/** By the status alone, for a reply that names no code. */
const CODES: Readonly<Record<number, string>> = {
  400: 'InvalidRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  413: 'TooLarge',
  429: 'TooManyRequests',
  502: 'Unavailable',
  503: 'Unavailable',
  504: 'Unavailable',
};

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Seconds, or a date of HTTP (RFC 9110, section 10.2.3). */
function secondsIn(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

/** Node's fetch says `fetch failed`, and why in its cause. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause;
  if (inner instanceof Error) return 'code' in inner && !inner.message ? String(inner.code) : inner.message;
  return cause.message;
}
