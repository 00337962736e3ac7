/** Builds the event of an HTTP API for a Lambda function, in payload format 2.0. */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Match } from './routes.ts';

type Claims = Readonly<Record<string, unknown>>;
type Parts = {
  readonly request: IncomingMessage;
  readonly match: Match;
  readonly body: Buffer;
  /** Of the verified token, on routes that need one. */
  readonly claims?: Claims | undefined;
  readonly apiId: string;
};

type GatewayEvent = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { jwt: { claims: Record<string, string>; scopes: null } } };
};

const ACCOUNT_ID = '000000000000';
// API Gateway passes these types on as text and all others in base64.
const TEXT = /^(text\/[^;]*|application\/(json|javascript|xml|[^;]*\+(json|xml)))\s*(;|$)/i;

/**
 * The event of one request. Claims become strings, as API Gateway writes them: numbers in digits, lists as `[a b]`;
 * those that are null are left out. AWS documents only strings; the rest is as measured on AWS by others.
 * Source: https://github.com/floci-io/floci/pull/2011, "Claim value wire format"
 */
export function eventOf({ request, match, body, claims, apiId }: Parts): GatewayEvent {
  const { path, query } = splitTarget(request);
  const { routeKey } = match.route;
  const cookies = request.headers.cookie?.split(/;\s*/);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies === undefined ? {} : { cookies }),
    headers: headersOf(request),
    ...(query === '' ? {} : { queryStringParameters: parametersOf(query) }),
    ...(match.pathParameters === undefined ? {} : { pathParameters: match.pathParameters }),
    requestContext: {
      ...contextOf(request, path),
      apiId,
      routeKey,
      ...(claims === undefined ? {} : { authorizer: { jwt: { claims: asStrings(claims), scopes: null } } }),
    },
    ...bodyOf(request, body),
  };
}

/** The raw path and the raw query string of a request. */
export function splitTarget({ url = '/' }: IncomingMessage): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function contextOf(request: IncomingMessage, path: string) {
  const now = new Date();
  const domainName = (request.headers.host ?? '').replace(/:\d+$/, '');
  return {
    accountId: ACCOUNT_ID,
    domainName,
    domainPrefix: domainName.split('.')[0] ?? '',
    http: {
      method: request.method ?? '',
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '',
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId: randomUUID(),
    stage: '$default',
    time: logTime(now),
    timeEpoch: now.getTime(),
  };
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const { cookie: _, ...distinct } = request.headersDistinct;
  const entries = Object.entries(distinct).map(([name, values = []]) => [name, values.join(',')]);
  return Object.fromEntries(entries);
}

function parametersOf(query: string): Record<string, string> {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name).join(',')]));
}

function bodyOf(request: IncomingMessage, body: Buffer): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
  const isText = TEXT.test(type) && encoding === undefined && isUtf8(body);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

function asStrings(claims: Claims): Record<string, string> {
  const present = Object.entries(claims).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, asString(value)]));
}

function asString(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asString).join(' ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** In the form of access logs: 12/Mar/2026:19:03:58 +0000. */
function logTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
