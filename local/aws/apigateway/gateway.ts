/** API Gateway on this machine: an HTTP API that verifies tokens and calls functions. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { JWTPayload } from 'jose';
import { EventTooLarge } from '#local/aws/lambda/errors';
import type { Invoke } from '#local/aws/lambda/lambda';
import { readBody } from '#local/aws/wire/body';
import { listen, unlisten } from '#local/aws/wire/listen';
import type { Authorize } from './authorizer.ts';
import { eventOf, splitTarget } from './event.ts';
import { type GatewayRefusal, refusalOf } from './refusal.ts';
import { type Reply, replyOf, send } from './reply.ts';
import { type FindRoute, type Match, type Route, routeFinder } from './routes.ts';
import { type Throttle, TokenBucket } from './throttle.ts';

/** A running gateway. `close` waits for open requests up to CLOSE_LIMIT_MS. */
export type Gateway = { readonly url: string; close(): Promise<void> };

/** What a gateway is started with. */
export type GatewaySetup = {
  readonly port: number;
  readonly apiId: string;
  readonly routes: readonly Route[];
  readonly invoke: Invoke;
  readonly authorize: Authorize;
  /** Writes the gateway's own refusals. */
  readonly refuse: (refusal: GatewayRefusal) => Reply;
  readonly log: (line: string) => void;
  /** What stands in front of the API, such as a distribution: it replies to requests that are not for the API. */
  readonly front?: (request: IncomingMessage) => Reply | undefined;
  /** Without it every request is taken. */
  readonly throttle?: Throttle;
  readonly integrationLimitMs?: number;
  /** How long a client may take to send its headers; the whole request may take six times as long. */
  readonly headersLimitMs?: number;
};
type Context = GatewaySetup & {
  readonly find: FindRoute;
  readonly hosts: readonly string[];
  readonly bucket: TokenBucket | undefined;
};

// Source: API Gateway Developer Guide, "Quotas for configuring and running an HTTP API in API Gateway".
const MAX_PAYLOAD_BYTES = 10 * 1024 * 1024;
const MAX_HEADER_BYTES = 10_240;
const INTEGRATION_LIMIT_MS = 30_000;
const HEADERS_LIMIT_MS = 10_000;
/** Closes a connection without traffic. Longer than the time-out of any function. */
const IDLE_LIMIT_MS = 60_000;
/** How long `close` waits for open requests. */
const CLOSE_LIMIT_MS = 5_000;

/**
 * Starts the gateway on a port of 127.0.0.1. Returns when it listens.
 * @throws WrongRoute for a route key of a wrong form
 * @throws Error EADDRINUSE when the port is taken
 */
export async function startGateway(setup: GatewaySetup): Promise<Gateway> {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${setup.port}`);
  const bucket = setup.throttle && new TokenBucket(setup.throttle, performance.now());
  const context = { ...setup, find: routeFinder(setup.routes), hosts, bucket };
  const limitMs = setup.headersLimitMs ?? HEADERS_LIMIT_MS;
  const limits = { headersTimeout: limitMs, requestTimeout: limitMs * 6, connectionsCheckingInterval: limitMs / 4 };
  const server = createServer(
    { ...limits, maxHeaderSize: MAX_HEADER_BYTES },
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
    // The client went away during its request: not a fault, and no one to reply to.
    if (request.destroyed && !request.complete) return;
    context.log(`${request.method} ${request.url}: ${error instanceof Error ? error.stack : error}`);
    send(response, context.refuse(refusalOf(reasonOf(error))));
  }
}

// A function that ends too late by its own time-out has failed: that is a fault, as every other failure of a function.
function reasonOf(error: unknown): 'TimedOut' | 'TooLarge' | 'Fault' {
  if (error instanceof IntegrationTimedOut) return 'TimedOut';
  return error instanceof EventTooLarge ? 'TooLarge' : 'Fault';
}

async function replyTo(context: Context, request: IncomingMessage): Promise<Reply> {
  const { refuse, hosts, bucket } = context;
  // A web page whose name resolves to 127.0.0.1 could otherwise call this API.
  if (!hosts.includes((request.headers.host ?? '').toLowerCase())) {
    return refuse(refusalOf('WrongHost', `The host must be one of ${hosts.join(', ')}.`));
  }
  const ofFront = context.front?.(request);
  if (ofFront) return ofFront;
  if (bucket?.take(performance.now()) === false) return refuse(refusalOf('Throttled'));
  const match = find(context, request);
  if (match === 'invalid') return refuse(refusalOf('InvalidPath'));
  if (match === undefined) return refuse(refusalOf('NoRoute'));
  if (match.route.isPublic) return await call(context, { request, match });
  const claims = await context.authorize(request.headersDistinct.authorization ?? []);
  return claims === undefined ? refuse(refusalOf('NoToken')) : await call(context, { request, match, claims });
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

async function call(context: Context, { request, match, claims }: Call): Promise<Reply> {
  const { refuse, apiId } = context;
  const body = await readBody(request, MAX_PAYLOAD_BYTES);
  if (body === undefined) return refuse(refusalOf('TooLarge', `The body is larger than ${MAX_PAYLOAD_BYTES} bytes.`));
  const event = eventOf({ request, match, body, claims, apiId });
  const { status, headers, body: answered } = replyOf(await integrate(context, match.route.name, event));
  return { status, headers: { ...headers, 'apigw-requestid': event.requestContext.requestId }, body: answered };
}

/** Waits for the function up to the integration's limit. The function itself goes on. */
async function integrate({ invoke, integrationLimitMs }: Context, name: string, event: unknown): Promise<unknown> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new IntegrationTimedOut(name)), integrationLimitMs ?? INTEGRATION_LIMIT_MS);
  try {
    return await Promise.race([invoke(name, event), late]);
  } finally {
    clearTimeout(timer);
  }
}

class IntegrationTimedOut extends Error {
  override readonly name = 'IntegrationTimedOut';
}
