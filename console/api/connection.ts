/** The one connection to the API: it sends the token, follows the server's clock, and turns refusals into errors. */
import { setServerTime } from '#console/parts/clock.ts';
import { Refused } from './refused.ts';

type Setup = {
  readonly token: () => string | undefined;
  /** The token was refused or is over: returns another one, or undefined when the user must sign in again. */
  readonly renew: () => Promise<string | undefined>;
};
type Sending = { readonly body?: unknown; readonly key?: string };

/** Longer than API Gateway waits for a function. */
const LIMIT_MS = 35_000;

export class Connection {
  readonly #setup: Setup;
  /** The newest replies by path: an unchanged one is not sent again (`If-None-Match`). */
  readonly #known = new Map<string, { etag: string; value: unknown }>();

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  /**
   * Reads a path of the API.
   * @throws Refused
   */
  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    const known = this.#known.get(path);
    const headers: HeadersInit = known === undefined ? {} : { 'if-none-match': known.etag };
    const reply = await this.#fetch(path, { headers, ...(signal === undefined ? {} : { signal }) });
    if (reply.status === 304 && known) return trusted(known.value);
    const value = await reply.json();
    const etag = reply.headers.get('etag');
    if (etag !== null) this.#keep(path, { etag, value });
    return trusted(value);
  }

  /**
   * Sends what makes or changes something. With the same key a repeat is the same request.
   * @throws Refused
   */
  async send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, { body, key }: Sending = {}): Promise<T> {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(method === 'POST' ? { 'idempotency-key': key ?? crypto.randomUUID() } : {}),
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return trusted(await (await this.#fetch(path, { method, headers, ...sent })).json());
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    let reply = await this.#fetchOnce(path, init, this.#setup.token());
    if (reply.status === 401) {
      const renewed = await this.#setup.renew();
      if (renewed !== undefined) reply = await this.#fetchOnce(path, init, renewed);
    }
    if (reply.ok || reply.status === 304) return reply;
    throw await Refused.of(reply);
  }

  async #fetchOnce(path: string, init: RequestInit, token: string | undefined): Promise<Response> {
    const headers = { ...init.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const reply = await fetch(path, { signal: AbortSignal.timeout(LIMIT_MS), ...init, headers });
    setServerTime(reply.headers.get('date'));
    return reply;
  }

  #keep(path: string, known: { etag: string; value: unknown }): void {
    this.#known.delete(path);
    this.#known.set(path, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > 100 && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** The API's own tests hold its replies to their types. */
function trusted<T>(value: unknown): T;
function trusted(value: unknown): unknown {
  return value;
}
