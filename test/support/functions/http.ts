/** Requests as API Gateway sends them to a function: payload format 2.0 of HTTP APIs, as its documentation shows it. */
import { expect } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ulid } from 'ulid';
import { z } from 'zod';
import type { Role } from '#domain/roles';
import { CATALOG } from '#functions/catalog/catalog';
import { routeFinder } from '#local/aws/apigateway/routes';
import { routesOf } from '#local/catalog';

export type User = { readonly user: string; readonly roles: readonly (Role | 'Guest')[] };
export type HttpCall = {
  /** By default `admin`; 'nobody' has no verified token. */
  readonly as?: User | 'nobody';
  /** Further claims of the caller's token. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Sent as JSON, but a string is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isBase64Encoded?: boolean;
};
export type HttpReply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
};

export const reader: User = { user: 'rita', roles: ['Reader'] };
export const alice: User = { user: 'alice', roles: ['BatchUser'] };
export const bob: User = { user: 'bob', roles: ['BatchUser'] };
export const operator: User = { user: 'olga', roles: ['BatchJobManager'] };
export const admin: User = { user: 'adam', roles: ['SystemAdministrator'] };

const findRoute = routeFinder(routesOf(CATALOG));

/** The refusal with this code, as problem+json. */
export function refused(status: number, code: string) {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: `urn:lastcall:problem:${code}`, title: code, status, code, detail: expect.any(String) },
  };
}

/** The event of a request like `GET /jobs?limit=1`, and the name of its function. */
export function httpEvent(target: string, call: HttpCall): { name: string; event: APIGatewayProxyEventV2 } {
  const [method = '', url = ''] = target.split(' ');
  const [rawPath = '', rawQueryString = ''] = url.split('?');
  const match = findRoute(method, rawPath);
  if (!match) throw new Error(`The catalog has no route for ${target}.`);
  const { name, routeKey } = match.route;
  const query = Object.fromEntries(new URLSearchParams(rawQueryString));
  const claims = call.as === 'nobody' ? undefined : { ...claimsOf(call.as ?? admin), ...call.claims };
  const event = {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    headers: {
      'content-type': 'application/json',
      host: 'api.example.com',
      ...(claims === undefined ? {} : { authorization: `Bearer ${tokenOf(claims)}` }),
      ...call.headers,
    },
    ...(rawQueryString === '' ? {} : { queryStringParameters: query }),
    ...(match.pathParameters ? { pathParameters: match.pathParameters } : {}),
    requestContext: { ...contextOf(method, rawPath), routeKey, ...(claims === undefined ? {} : authorizerOf(claims)) },
    ...bodyOf(call),
    isBase64Encoded: call.isBase64Encoded ?? false,
  };
  return { name, event };
}

const replySchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string().transform((text) => z.record(z.string(), z.unknown()).parse(JSON.parse(text))),
});

/** The reply of a function to such an event. */
export function replyOf(result: unknown): HttpReply {
  const { statusCode, headers, body } = replySchema.parse(result);
  return { status: statusCode, headers, body };
}

function contextOf(method: string, path: string) {
  const now = new Date();
  return {
    accountId: '123456789012',
    apiId: 'r3pmxmplak',
    domainName: 'r3pmxmplak.execute-api.us-east-1.amazonaws.com',
    domainPrefix: 'r3pmxmplak',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '205.255.255.176', userAgent: 'Mozilla/5.0' },
    requestId: ulid(),
    stage: '$default',
    time: now.toUTCString(),
    timeEpoch: now.getTime(),
  };
}

function claimsOf({ user, roles }: User) {
  return {
    sub: user,
    'cognito:groups': roles,
    iss: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example',
    exp: 1_900_000_000,
    token_use: 'access',
  };
}
type Claims = Readonly<Record<string, unknown>>;

/** A token as a function gets it: the gateway has verified its signature. */
function tokenOf(claims: Claims): string {
  return [{ alg: 'RS256' }, claims, {}]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}

/** API Gateway passes claims on as text, a list as `[a b]`. */
function authorizerOf(claims: Claims) {
  const textOf = (claim: unknown) => (Array.isArray(claim) ? `[${claim.join(' ')}]` : String(claim));
  const present = Object.entries(claims).filter(([, claim]) => claim !== undefined);
  const texts = present.map(([name, claim]) => [name, textOf(claim)]);
  return { authorizer: { jwt: { claims: Object.fromEntries(texts), scopes: null } } };
}

function bodyOf({ body }: HttpCall): { body?: string } {
  if (body === undefined) return {};
  return { body: typeof body === 'string' ? body : JSON.stringify(body) };
}
