/** The issuer of tokens that only local mode has: on AWS, Cognito takes its place. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { z } from 'zod';
import { ROLES } from '#domain/roles';
import type { Identity } from '#local/aws/apigateway/authorizer';
import { codeOf } from '#processes/error-code';

export type Issuer = {
  readonly identity: Identity;
  /** The public keys, and where OpenID Connect clients find what. */
  readonly keySet: { readonly keys: readonly object[] };
  readonly discovery: Readonly<Record<string, unknown>>;
  sign(request: TokenRequest): Promise<string>;
};

const DEFAULT_LIFETIME_SECONDS = 12 * 3600;
const MAX_LIFETIME_SECONDS = 30 * 24 * 3600;
const MAX_USER_CHARACTERS = 128;
const AUDIENCE = 'lastcall';

export const TokenRequest = z.strictObject({
  user: z.string().trim().min(1).max(MAX_USER_CHARACTERS),
  roles: z.array(z.enum(ROLES)).max(ROLES.length),
  expiresInSeconds: z.number().int().min(1).max(MAX_LIFETIME_SECONDS).default(DEFAULT_LIFETIME_SECONDS),
});
export type TokenRequest = z.infer<typeof TokenRequest>;

const KeyFile = z.object({
  kty: z.literal('RSA'),
  ...{ n: z.string(), e: z.string(), d: z.string() },
  ...{ p: z.string(), q: z.string(), dp: z.string(), dq: z.string(), qi: z.string() },
});
type PrivateKey = z.infer<typeof KeyFile>;

/**
 * An issuer at that URL with a key of its own. Where a key file is named the key is kept in it, readable by its owner only,
 * so that tokens outlive a restart. Throws when the file holds something else.
 */
export async function createIssuer({ url, keyFile }: { url: string; keyFile?: string }): Promise<Issuer> {
  const jwk = keyFile === undefined ? await newKey() : await keptKey(keyFile);
  const key = await importJWK(jwk, 'RS256');
  const { kty, n, e } = jwk;
  const kid = await calculateJwkThumbprint({ kty, n, e });
  const keySet = { keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' }] };
  return {
    identity: { issuer: url, audience: AUDIENCE, keys: createLocalJWKSet(keySet) },
    keySet,
    discovery: discoveryOf(url),
    sign: ({ user, roles, expiresInSeconds }) =>
      new SignJWT(claimsOf(user, roles))
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setSubject(user)
        .setIssuer(url)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSeconds)
        .setJti(randomUUID())
        .sign(key),
  };
}

// As in Cognito's access tokens, which leave the groups out when there are none.
function claimsOf(user: string, roles: TokenRequest['roles']) {
  const groups = roles.length === 0 ? {} : { 'cognito:groups': roles };
  return { ...groups, username: user, client_id: AUDIENCE, token_use: 'access' };
}

function discoveryOf(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    token_endpoint: `${issuer}/token`,
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

async function newKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return KeyFile.parse(await exportJWK(privateKey));
}

async function keptKey(file: string): Promise<PrivateKey> {
  const text = await readFile(file, 'utf8').catch(ifMissing);
  if (text !== undefined) return parseKey(file, text);
  const key = await newKey();
  // Renamed into place, so that a crash leaves no half of a key.
  await writeFile(`${file}.draft`, JSON.stringify(key), { mode: 0o600 });
  await rename(`${file}.draft`, file);
  return key;
}

function ifMissing(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT') return undefined;
  throw error;
}

function parseKey(file: string, text: string): PrivateKey {
  try {
    return KeyFile.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${file} does not hold a key of Lastcall: remove it to have a new one made.`, { cause: error });
  }
}
