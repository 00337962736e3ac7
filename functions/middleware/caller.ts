/** Who calls, by the bearer token that API Gateway has verified. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { decodeJwt } from 'jose';
import * as z from 'zod';
import { Refusal } from '#domain/errors';
import { MAX_USER_NAME_CHARACTERS } from '#domain/limits';
import { type Caller, rolesAmong } from '#domain/roles';
import { identity } from './identity.ts';

/** What tells one token from another, besides the roles. */
const MARKS = ['iss', 'sub', 'client_id', 'exp', 'iat', 'jti'];
/** The claims whose text is a list, divided by spaces (RFC 8693, section 4.2; `scp` is that of Microsoft Entra). */
const SCOPES = ['scope', 'scp'];

/** The claims that may have the user's name; Cognito's access tokens have only the last one. */
const NAMES = ['name', 'preferred_username', 'email', 'cognito:username', 'username'];

const verifiedSchema = z.object({
  authorizer: z.object({ jwt: z.object({ claims: z.record(z.string(), z.string()) }) }),
});
const claimsSchema = z.looseObject({ sub: z.string().optional(), client_id: z.string().optional() });
type Claims = z.infer<typeof claimsSchema>;

/**
 * The caller of a request. API Gateway passes the claims on as text, a list as `[a b]`: there, the two groups `a` and
 * `b` look like one group `a b`. So the roles come from the token itself, which must be the one that was verified. A
 * token of a program may have no `sub`: then the caller is its client.
 * @throws Refusal Unauthorized without exactly one verified token
 */
export function callerOf({ headers, requestContext }: APIGatewayProxyEventV2): Caller {
  const { roleNames, rolesClaims } = identity();
  const verified = verifiedSchema.safeParse(requestContext).data?.authorizer.jwt.claims;
  const claims = claimsSchema.safeParse(claimsOf(headers.authorization)).data;
  const user = claims?.sub ?? claims?.client_id;
  if (verified === undefined || claims === undefined || user === undefined) throw unauthorized();
  if (![...MARKS, ...rolesClaims].every((name) => isSame(claims[name], verified[name]))) throw unauthorized();
  const names = rolesClaims.flatMap((name) => namesIn(claims, name));
  return { user, name: nameOf(claims, user), roles: rolesAmong(names, roleNames) };
}

function unauthorized(): Refusal {
  return new Refusal('Unauthorized', 'This route needs one valid bearer token in the header Authorization.');
}

/** API Gateway joins repeated headers by commas, which no token has, and takes a token without `Bearer`, too. */
function claimsOf(authorization = ''): unknown {
  const token = /^(?:Bearer\s+)?([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization.trim())?.[1];
  if (token === undefined) return undefined;
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

/** Whether the claim is the one whose text the gateway has passed on, as far as that text can tell. */
function isSame(claim: unknown, text = ''): boolean {
  return typeof claim === 'number' ? claim === Number(text) : lettersOf(claim) === lettersOf(text);
}

function lettersOf(claim: unknown): string {
  return String(claim ?? '').replaceAll(/[\s,"[\]]/g, '');
}

/** A text is one name, spaces included, except in a claim of scopes. */
function namesIn(claims: Claims, name: string): unknown[] {
  const claim = claims[name];
  if (Array.isArray(claim)) return claim;
  return typeof claim === 'string' && SCOPES.includes(name) ? claim.split(' ') : [claim];
}

/** The first name in the token, on one line and cut to its limit; undefined if it is the id itself. */
function nameOf(claims: Claims, user: string): string | undefined {
  const given = NAMES.map((name) => claims[name]).find((name) => typeof name === 'string' && name.trim() !== '');
  const printable = String(given ?? '')
    .toWellFormed()
    .replaceAll(/\p{C}+/gu, ' ')
    .trim();
  const name = [...printable].slice(0, MAX_USER_NAME_CHARACTERS).join('');
  return name === '' || name === user ? undefined : name;
}
