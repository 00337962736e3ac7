/** API Gateway on this machine: an HTTP API that verifies tokens and calls the functions of a catalog. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { JWTPayload } from 'jose';
import type { CatalogEntry } from '#functions/catalog/catalog';
import { type Invoke, TIMED_OUT } from '#local/aws/lambda/lambda';
import { readBody } from '#local/aws/wire/body';
import { listen, unlisten } from '#local/aws/wire/listen';
import type { Authorize } from './authorizer.ts';
import { eventOf, splitTarget } from './event.ts';
import { problem, type Reply, replyOf, send } from './reply.ts';
import { type FindRoute, type Match, routesOf } from './routes.ts';

export type Gateway = { readonly url: string; close(): Promise<void> };

type GatewaySetup = {
  readonly port: number;
  readonly catalog: readonly CatalogEntry[];
  readonly invoke: Invoke;
  readonly authorize: Authorize;
  readonly log: (line: string) => void;
  /** How long a client may take to send its headers; its whole request may take six times as long. */
  readonly headersLimitMs?: number;
};
type Context = GatewaySetup & { readonly find: FindRoute; readonly hosts: readonly string[] };

/** API Gateway's payload limit. */
const MAX_PAYLOAD_BYTES = 10 * 1024 * 1024;
const HEADERS_LIMIT_MS = 10_000;
/** Longer than the longest function; a connection without a byte for so long is closed. */
const IDLE_LIMIT_MS = 60_000;
/** How long `close` waits for the requests that are under way. */
const CLOSE_LIMIT_MS = 5_000;

/** Starts the gateway on a port of 127.0.0.1 and returns when it listens. Throws when the port is taken. */
export async function startGateway(setup: GatewaySetup): Promise<Gateway> {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${setup.port}`);
  const context = { ...setup, find: routesOf(setup.catalog), hosts };
  const limitMs = setup.headersLimitMs ?? HEADERS_LIMIT_MS;
  const server = createServer(
    { headersTimeout: limitMs, requestTimeout: limitMs * 6, connectionsCheckingInterval: limitMs / 4 },
    (request, response) => void answer(context, request, response),
  );
  server.keepAliveTimeout = IDLE_LIMIT_MS;
  server.timeout = IDLE_LIMIT_MS;
  return { url: await listen(server, setup.port), close: () => unlisten(server, CLOSE_LIMIT_MS) };
}

async function answer(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    send(response, await replyTo(context, request));
  } catch (error) {
    // A client that went away in the middle of its request is no fault of ours, and there is nobody to answer.
    if (request.destroyed && !request.complete) return;
    context.log(`${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}`);
    send(response, failure(error));
  }
}

async function replyTo(context: Context, request: IncomingMessage): Promise<Reply> {
  if (!context.hosts.includes((request.headers.host ?? '').toLowerCase())) return wrongHost(context);
  const match = find(context, request);
  if (match === 'invalid') return problem({ status: 400, code: 'InvalidRequest', detail: 'The path is not valid.' });
  if (match === undefined) return problem({ status: 404, code: 'NotFound', detail: 'There is no such route.' });
  if (match.route.role === 'public') return await call(context, { request, match });
  const claims = await context.authorize(request.headersDistinct.authorization ?? []);
  return claims === undefined ? unauthorized() : await call(context, { request, match, claims });
}

function find({ find }: Context, request: IncomingMessage): Match | undefined | 'invalid' {
  const { path } = splitTarget(request);
  if (!path.startsWith('/')) return 'invalid';
  try {
    return find(request.method ?? '', path);
  } catch (error) {
    if (error instanceof URIError) return 'invalid';
    throw error;
  }
}

type Call = { readonly request: IncomingMessage; readonly match: Match; readonly claims?: JWTPayload };

async function call({ invoke }: Context, { request, match, claims }: Call): Promise<Reply> {
  const body = await readBody(request, MAX_PAYLOAD_BYTES);
  if (body === undefined) return tooLarge();
  const event = eventOf({ request, match, body, claims });
  const { status, headers, body: answered } = replyOf(await invoke(match.route.name, event));
  return { status, headers: { ...headers, 'apigw-requestid': event.requestContext.requestId }, body: answered };
}

// A page that has its own name resolve to 127.0.0.1 would otherwise pass for a page of ours.
function wrongHost({ hosts }: Context): Reply {
  return problem({ status: 403, code: 'Forbidden', detail: `The host must be one of ${hosts.join(', ')}.` });
}

function unauthorized(): Reply {
  return problem({
    status: 401,
    code: 'Unauthorized',
    detail: 'This route needs one valid bearer token in the header Authorization.',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

function tooLarge(): Reply {
  const detail = `The body is larger than ${MAX_PAYLOAD_BYTES} bytes.`;
  return problem({ status: 413, code: 'TooLarge', detail, headers: { connection: 'close' } });
}

function failure(error: unknown): Reply {
  if (error instanceof Error && error.name === TIMED_OUT) {
    return problem({ status: 503, code: 'Unavailable', detail: 'The function did not answer in time: try again.' });
  }
  return problem({ status: 500, code: 'Internal', detail: 'The request failed; the log of the system says why.' });
}
