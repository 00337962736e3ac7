/** Verifies bearer tokens by the rules of API Gateway's JWT authorizer. */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';

export type Identity = {
  readonly issuer: string;
  readonly audience: string;
  /** Finds the issuer's public key of a token's `kid`. */
  readonly keys: JWTVerifyGetKey;
};

/** The claims of the request's token; undefined when there is none, more than one, or one that is not valid now. */
export type Authorize = (authorization: readonly string[]) => Promise<JWTPayload | undefined>;

const Settings = z
  .object({ LASTCALL_ISSUER: z.url(), LASTCALL_AUDIENCE: z.string().min(1), LASTCALL_JWKS_URI: z.url() })
  .partial();

/**
 * The OpenID Connect issuer that the environment names, if it names one: `LASTCALL_ISSUER`, `LASTCALL_AUDIENCE` and
 * `LASTCALL_JWKS_URI`, all three or none. Throws with the variable's name.
 */
export function identityFromEnvironment(environment: NodeJS.ProcessEnv): Identity | undefined {
  const parsed = Settings.safeParse(environment);
  if (!parsed.success) throw new Error(`Wrong setting: ${z.prettifyError(parsed.error)}`);
  const { LASTCALL_ISSUER: issuer, LASTCALL_AUDIENCE: audience, LASTCALL_JWKS_URI: uri } = parsed.data;
  if (issuer === undefined && audience === undefined && uri === undefined) return undefined;
  if (issuer === undefined || audience === undefined || uri === undefined) {
    throw new Error('LASTCALL_ISSUER, LASTCALL_AUDIENCE and LASTCALL_JWKS_URI go together: set all three or none.');
  }
  return { issuer, audience, keys: createRemoteJWKSet(new URL(uri)) };
}

/**
 * Signature (RS256, by the key of the token's `kid`), `iss`, `aud` (or `client_id` where the token has no `aud`), `exp`,
 * `nbf` and `iat`: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html.
 * Throws only when the issuer's keys cannot be fetched.
 */
export function authorizerFor(identity: Identity): Authorize {
  return async (authorization) => {
    const token = tokenOf(authorization);
    if (token === undefined) return undefined;
    try {
      const { issuer, keys } = identity;
      const options = { issuer, algorithms: ['RS256'], requiredClaims: ['exp'] };
      const { payload, protectedHeader } = await jwtVerify(token, keys, options);
      return protectedHeader.kid !== undefined && isForUs(payload, identity) ? payload : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return undefined;
      throw error;
    }
  };
}

// API Gateway takes the token with or without the word Bearer.
function tokenOf(authorization: readonly string[]): string | undefined {
  const [value, ...others] = authorization;
  if (value === undefined || others.length > 0) return undefined;
  return /^(?:Bearer\s+)?([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(value.trim())?.[1];
}

function isForUs(payload: JWTPayload, { audience }: Identity): boolean {
  const audiences = [payload.aud ?? payload.client_id].flat();
  const issuedInFuture = payload.iat !== undefined && payload.iat > Date.now() / 1000;
  return audiences.includes(audience) && !issuedInFuture;
}
