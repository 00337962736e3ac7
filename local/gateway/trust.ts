/** Chooses the issuer whose tokens the gateway accepts. */
import { createRemoteJWKSet } from 'jose';
import { z } from 'zod';
import { WrongSettings } from '#domain/errors';
import type { Identity } from '#local/aws/apigateway/authorizer';
import { createIssuer } from '#local/aws/cognito/issuer';
import { type TokenRoutes, tokenRoutes } from './token-routes.ts';

type Trust = {
  /** Settles when the keys are ready. */
  readonly identity: Promise<Identity>;
  /** Other origins that the console asks for tokens. */
  readonly origins: readonly string[];
  /** Undefined when the environment names another issuer. */
  readonly tokens?: TokenRoutes;
};

type Setup = { readonly url: string; readonly keyFile?: string | undefined };

const AUDIENCE = 'lastcall';
const KEYS_REQUEST_LIMIT_MS = 5_000;
/** Unknown key ids cause at most one request for the keys in this time. */
const KEYS_COOLDOWN_MS = 30_000;
const KEYS_KEPT_MS = 600_000;

const settingsSchema = z
  .object({ LASTCALL_ISSUER: z.url(), LASTCALL_AUDIENCE: z.string().min(1), LASTCALL_JWKS_URI: z.url() })
  .partial();

/**
 * The issuer of the environment, or else an own issuer at this URL.
 * @throws WrongSettings naming the variable that is missing or wrong
 */
export function trustOf({ url, keyFile }: Setup): Trust {
  const named = identityFromEnvironment(process.env);
  if (named !== undefined) return { identity: Promise.resolve(named), origins: [new URL(named.issuer).origin] };
  const kept = keyFile === undefined ? {} : { keyFile };
  const issuer = createIssuer({ url: `${url}/local`, audience: AUDIENCE, ...kept });
  return { identity: issuer.then(({ identity }) => identity), origins: [], tokens: tokenRoutes(issuer) };
}

/**
 * The OpenID Connect issuer that the environment names with `LASTCALL_ISSUER`, `LASTCALL_AUDIENCE` and
 * `LASTCALL_JWKS_URI`: all three or none.
 * @throws WrongSettings naming the variable that is missing or wrong
 */
export function identityFromEnvironment(environment: NodeJS.ProcessEnv): Identity | undefined {
  const parsed = settingsSchema.safeParse(environment);
  if (!parsed.success) throw new WrongSettings(z.prettifyError(parsed.error));
  const { LASTCALL_ISSUER: issuer, LASTCALL_AUDIENCE: audience, LASTCALL_JWKS_URI: uri } = parsed.data;
  if (issuer === undefined && audience === undefined && uri === undefined) return undefined;
  if (issuer === undefined || audience === undefined || uri === undefined) {
    throw new WrongSettings('Set all three or none of LASTCALL_ISSUER, LASTCALL_AUDIENCE and LASTCALL_JWKS_URI.');
  }
  const limits = {
    timeoutDuration: KEYS_REQUEST_LIMIT_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    cacheMaxAge: KEYS_KEPT_MS,
  };
  return { issuer, audience, keys: createRemoteJWKSet(new URL(uri), limits) };
}
