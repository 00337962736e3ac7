/** Who calls, by the bearer token that API Gateway has verified. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { Refusal } from '#domain/errors';
import { type Caller, rolesAmong } from '#domain/roles';

const ROLES_CLAIM = 'cognito:groups';
/** What tells one token from another, besides the roles. */
const MARKS = ['iss', 'sub', 'exp', 'iat', 'jti'];

const verifiedSchema = z.object({
  authorizer: z.object({ jwt: z.object({ claims: z.record(z.string(), z.string()) }) }),
});
const claimsSchema = z.looseObject({ sub: z.string() });
const groupsSchema = z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]);

/**
 * The caller of a request. API Gateway passes the claims on as text, a list as `[a b]`: there, the two groups `a` and
 * `b` look like one group `a b`. So the roles come from the token itself, which must be the one that was verified.
 * @throws Refusal Unauthorized without exactly one verified token
 */
export function callerOf({ headers, requestContext }: APIGatewayProxyEventV2): Caller {
  const verified = verifiedSchema.safeParse(requestContext).data?.authorizer.jwt.claims;
  const claims = claimsSchema.safeParse(claimsOf(headers.authorization)).data;
  if (verified === undefined || claims === undefined) throw unauthorized();
  if (![...MARKS, ROLES_CLAIM].every((name) => isSame(claims[name], verified[name]))) throw unauthorized();
  const groups = groupsSchema.parse(claims[ROLES_CLAIM]);
  return { user: claims.sub, roles: rolesAmong(groups) };
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
