/** Cognito on this machine: issues tokens with the claims of Cognito's access tokens. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { z } from 'zod';
import type { Identity } from '#local/aws/apigateway/authorizer';
import { codeOf } from '#processes/error-code';

/** An issuer of tokens, with all that verifies them. */
export type Issuer = {
  readonly identity: Identity;
  /** The public keys. */
  readonly keySet: { readonly keys: readonly object[] };
  /** The OpenID Connect description of the issuer. */
  readonly discovery: Readonly<Record<string, unknown>>;
  sign(token: Token): Promise<string>;
};

type Token = { readonly user: string; readonly groups: readonly string[]; readonly expiresInSeconds: number };
type Setup = {
  readonly url: string;
  readonly audience: string;
  /** Keeps the key, readable by its owner only; tokens then stay valid after a restart. Without it the key is new. */
  readonly keyFile?: string;
};

const keyFileSchema = z.object({
  kty: z.literal('RSA'),
  ...{ n: z.string(), e: z.string(), d: z.string() },
  ...{ p: z.string(), q: z.string(), dp: z.string(), dq: z.string(), qi: z.string() },
});
type PrivateKey = z.infer<typeof keyFileSchema>;

class WrongKeyFile extends Error {
  override readonly name = 'WrongKeyFile';
}

/**
 * An issuer at this URL.
 * @throws WrongKeyFile when the key file holds something else
 */
export async function createIssuer({ url, audience, keyFile }: Setup): Promise<Issuer> {
  const jwk = keyFile === undefined ? await newKey() : await keptKey(keyFile);
  const key = await importJWK(jwk, 'RS256');
  const { kty, n, e } = jwk;
  const kid = await calculateJwkThumbprint({ kty, n, e });
  const keySet = { keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' }] };
  return {
    identity: { issuer: url, audience, keys: createLocalJWKSet(keySet) },
    keySet,
    discovery: discoveryOf(url),
    sign: (token) =>
      new SignJWT(claimsOf(token, audience))
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setSubject(token.user)
        .setIssuer(url)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + token.expiresInSeconds)
        .setJti(randomUUID())
        .sign(key),
  };
}

// Cognito omits the groups when there are none.
function claimsOf({ user, groups }: Token, audience: string) {
  const named = groups.length === 0 ? {} : { 'cognito:groups': groups };
  return { ...named, username: user, client_id: audience, token_use: 'access' };
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
  return keyFileSchema.parse(await exportJWK(privateKey));
}

async function keptKey(file: string): Promise<PrivateKey> {
  const text = await readFile(file, 'utf8').catch(ifMissing);
  if (text !== undefined) return parseKey(file, text);
  const key = await newKey();
  // The rename keeps a crash from leaving half a key.
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
    return keyFileSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new WrongKeyFile(`${file} does not hold a key: remove it to get a new one.`, { cause: error });
  }
}
