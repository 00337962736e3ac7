/** Verifies bearer tokens by the rules of API Gateway's JWT authorizer. */
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

/** The issuer whose tokens are accepted, and for which audience. */
export type Identity = {
  readonly issuer: string;
  readonly audience: string;
  /** Finds the issuer's public key by a token's `kid`. */
  readonly keys: JWTVerifyGetKey;
};

/** Returns the claims of the request's token; undefined unless there is exactly one and it is valid now. */
export type Authorize = (authorization: readonly string[]) => Promise<JWTPayload | undefined>;

/**
 * Checks the signature (RS256, by the key of the token's `kid`), `iss`, `aud` (or `client_id` when there is no `aud`),
 * `exp`, `nbf` and `iat`. Rejects only when the issuer's keys cannot be fetched.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export function authorizerFor(identity: Identity): Authorize {
  return async (authorization) => {
    const token = tokenOf(authorization);
    if (token === undefined) return undefined;
    try {
      const { issuer, keys } = identity;
      const options = { issuer, algorithms: ['RS256'], requiredClaims: ['exp'] };
      const { payload, protectedHeader } = await jwtVerify(token, keys, options);
      return protectedHeader.kid !== undefined && isForAudience(payload, identity) ? payload : undefined;
    } catch (error) {
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) return undefined;
      throw error;
    }
  };
}

// API Gateway accepts a token without the word Bearer too.
function tokenOf(authorization: readonly string[]): string | undefined {
  const [value, ...others] = authorization;
  if (value === undefined || others.length > 0) return undefined;
  return /^(?:Bearer\s+)?([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(value.trim())?.[1];
}

function isForAudience(payload: JWTPayload, { audience }: Identity): boolean {
  const audiences = [payload.aud ?? payload.client_id].flat();
  const issuedInFuture = payload.iat !== undefined && payload.iat > Date.now() / 1000;
  return audiences.includes(audience) && !issuedInFuture;
}
