/** The module `lastcall/client`: a typed client of the HTTP API, for Node and browsers. It uses nothing but fetch. */
import { isFinalAbort, isFinalJob } from '#domain/statuses';
import type { DryRun, Item, ListRoute, Reply, Request, Route } from './routes.ts';
import { send, type TokenSource, type Wire } from './send.ts';
import { type WatchOptions, watch } from './watch.ts';

export { type Problem, Refused, SignInFailed, Unreachable } from './refused.ts';
export type { DryRun, Item, ListRoute, Reply, Request, Route } from './routes.ts';
export type { TokenSource } from './send.ts';
export type { WatchOptions } from './watch.ts';

/** A job, as the API replies it; likewise those below. */
export type Job = Reply<'GET /jobs/{jobId}'>;
/** A task. */
export type Task = Item<'GET /jobs/{jobId}/tasks'>;
/** An event of a job. */
export type JobEvent = Item<'GET /jobs/{jobId}/events'>;
/** One thing that a job waits for. */
export type Waiting = Item<'GET /jobs/{jobId}/waiting'>;
/** The plan of an abort. */
export type Plan = Reply<'GET /jobs/{jobId}/abort-plan'>;
/** An abort. */
export type Abort = Reply<'GET /aborts/{abortId}'>;
/** A batch server. */
export type Server = Item<'GET /servers'>;

/** What a client is made of. */
export type ClientOptions = {
  /** Such as `https://batch.example.com`, or `http://127.0.0.1:4000` in local mode. */
  readonly url: string;
  /** Without one, only the routes that need no token can be called. */
  readonly token?: TokenSource;
  /** Called with each reply, such as to read the server's time from its headers. */
  readonly onReply?: (response: Response) => void;
  /** Called before a call is repeated, with why it has to be. */
  readonly onRepeat?: (cause: Error) => void;
};

/** What every call may have besides what its route takes. */
export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Of a POST; by default a new one. The API takes a repeat with the same key as the same request. */
  readonly idempotencyKey?: string | undefined;
};

/** A client of one system. */
export class Client {
  readonly url: string;
  readonly #wire: Wire;

  constructor({ url, token = () => undefined, onReply, onRepeat }: ClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#wire = { token, onReply, onRepeat };
  }

  /**
   * Calls a route. What is safe to repeat is repeated while the system is busy or cannot be reached.
   * @throws Refused when the API refuses the call, Unreachable when no reply comes
   */
  async call<Of extends Route>(route: Of, ...[request]: Arguments<Of>): Promise<Reply<Of>> {
    const { path, query, body, signal, idempotencyKey } = trusted<Sent>(request ?? {});
    const [method = 'GET', template = '/'] = route.split(' ');
    const reply = await send(
      {
        method,
        url: this.url + fillIn(template, path) + search(query),
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(method === 'POST' ? { 'idempotency-key': idempotencyKey ?? crypto.randomUUID() } : {}),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal,
      },
      this.#wire,
    );
    return trusted<Reply<Of>>(reply);
  }

  /** The items of all pages of a list, from the page of the query's cursor on. */
  async *pages<Of extends ListRoute>(route: Of, ...[request]: Arguments<Of>): AsyncGenerator<Item<Of>> {
    const sent = trusted<Sent>(request ?? {});
    let cursor = sent.query?.cursor;
    do {
      const query = { ...sent.query, cursor };
      const page: Page<Item<Of>> = trusted(await this.call(route, ...trusted<Arguments<Of>>([{ ...sent, query }])));
      yield* page.items;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** What the job would be, with its defaults, its order and its warnings: nothing is kept. */
  async dryRunJob(body: Request<'POST /jobs'>['body'], options: CallOptions = {}): Promise<DryRun> {
    return trusted<DryRun>(await this.call('POST /jobs', { ...options, query: { dryRun: 'true' }, body }));
  }

  /** The job each time that it has changed, until it has ended. */
  watchJob(jobId: string, options: WatchOptions = {}): AsyncGenerator<Job> {
    const { signal } = options;
    const look = () => this.call('GET /jobs/{jobId}', { path: { jobId }, signal });
    return watch({ look, isOver: ({ status }) => isFinalJob(status) }, options);
  }

  /** The abort each time that it has changed, until it has ended. */
  watchAbort(abortId: string, options: WatchOptions = {}): AsyncGenerator<Abort> {
    const { signal } = options;
    const look = () => this.call('GET /aborts/{abortId}', { path: { abortId }, signal });
    return watch({ look, isOver: ({ status }) => isFinalAbort(status), isUrgent: true }, options);
  }
}

type Arguments<Of extends Route> =
  Optional<Request<Of>> extends true ? [request?: Request<Of> & CallOptions] : [request: Request<Of> & CallOptions];
// biome-ignore lint/complexity/noBannedTypes: only {} asks whether all fields are optional
type Optional<Fields> = {} extends Fields ? true : false;
type Page<Each> = { readonly items: readonly Each[]; readonly cursor?: string };
type Fields = Readonly<Record<string, unknown>>;
type Sent = CallOptions & { readonly path?: Fields; readonly query?: Fields; readonly body?: unknown };

/** The types of a call stand in the table of routes, and the API's own tests hold its replies to them. */
function trusted<T>(value: unknown): T;
function trusted(value: unknown): unknown {
  return value;
}

function fillIn(template: string, path: Fields = {}): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
}

function search(query: Fields = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const texts = given.map(([name, value]): [string, string] => [name, String(value)]);
  return texts.length === 0 ? '' : `?${new URLSearchParams(texts)}`;
}
