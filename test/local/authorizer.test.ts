import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { createLocalJWKSet } from 'jose';
import { authorizerFor } from '#local/aws/apigateway/authorizer';
import { identityFromEnvironment, trustOf } from '#local/gateway/trust';
import { freePorts } from '#test/support/flows/ports';

const ISSUER = 'https://issuer.example';
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: 'own', alg: 'RS256', use: 'sig' };
const authorize = authorizerFor({ issuer: ISSUER, audience: 'app', keys: createLocalJWKSet({ keys: [jwk] }) });

const now = Math.floor(Date.now() / 1000);
const goodClaims = { iss: ISSUER, aud: 'app', sub: 'alice', iat: now, nbf: now, exp: now + 60 };
const goodHeader = { alg: 'RS256', kid: 'own' };

type Signer = (input: string) => string;
const withKey =
  (key: typeof own.privateKey, digest = 'sha256'): Signer =>
  (input) =>
    sign(digest, Buffer.from(input), key).toString('base64url');

function token(claims: object = {}, header: object = {}, signer: Signer = withKey(own.privateKey)): string {
  const input = [
    { ...goodHeader, ...header },
    { ...goodClaims, ...claims },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${signer(input)}`;
}

const hmac =
  (key: string): Signer =>
  (input) =>
    createHmac('sha256', key).update(input).digest('base64url');
const publicPem = String(createPublicKey(own.privateKey).export({ format: 'pem', type: 'spki' }));
const tampered = () => {
  const [header, , signature] = token().split('.');
  return [header, token({ sub: 'bob' }).split('.')[1], signature].join('.');
};

describe('a token is accepted', () => {
  test.each([
    ['with audience', token()],
    ['with its audience among others', token({ aud: ['other', 'app'] })],
    ['with client_id and no audience', token({ aud: undefined, client_id: 'app' })],
    ['without nbf', token({ nbf: undefined })],
  ])('%s', async (_what, good) => {
    expect(await authorize([`Bearer ${good}`])).toMatchObject({ sub: 'alice' });
    expect(await authorize([`bearer ${good}`])).toMatchObject({ sub: 'alice' });
  });
});

describe('a token is refused', () => {
  test.each([
    ['unsigned', token({}, { alg: 'none' }, () => '')],
    ['unsigned, with the signature of another', token({}, { alg: 'none' })],
    ['signed with the public key as an HMAC secret', token({}, { alg: 'HS256' }, hmac(publicPem))],
    ['signed with RS512', token({}, { alg: 'RS512' }, withKey(own.privateKey, 'sha512'))],
    ['signed by a foreign key', token({}, {}, withKey(foreign.privateKey))],
    ['of an unknown key', token({}, { kid: 'other' }, withKey(foreign.privateKey))],
    ['that names no key', token({}, { kid: undefined })],
    [
      'that brings its own key',
      token({}, { kid: undefined, jwk: foreign.publicKey.export({ format: 'jwk' }) }, withKey(foreign.privateKey)),
    ],
    ['with other claims than were signed', tampered()],
    ['of a foreign issuer', token({ iss: 'https://other.example' })],
    ['without issuer', token({ iss: undefined })],
    ['for another audience', token({ aud: 'other' })],
    ['for another audience, though client_id is ours', token({ aud: 'other', client_id: 'app' })],
    ['without an audience', token({ aud: undefined })],
    ['without expiry', token({ exp: undefined })],
    ['with an expiry that is no number', token({ exp: 'tomorrow' })],
    ['that has expired', token({ exp: now - 1 })],
    ['that is not valid yet', token({ nbf: now + 60 })],
    ['issued in the future', token({ iat: now + 60 })],
    ['that is garbage', 'garbage'],
    ['that is three pieces of garbage', 'a.b.c'],
    ['that is empty', ''],
  ])('%s', async (_what, bad) => {
    expect(await authorize([`Bearer ${bad}`])).toBeUndefined();
  });

  test.each([
    ['no header', []],
    ['two headers', [`Bearer ${token()}`, `Bearer ${token()}`]],
    ['two tokens in one header', [`Bearer ${token()}, Bearer ${token()}`]],
    ['another scheme', [`Basic ${token()}`]],
  ])('with %s', async (_what, headers) => {
    expect(await authorize(headers)).toBeUndefined();
  });
});

describe('an issuer in the environment', () => {
  const settings = {
    LASTCALL_ISSUER: ISSUER,
    LASTCALL_AUDIENCE: 'app',
    LASTCALL_JWKS_URI: 'https://issuer.example/keys',
  };

  test('has its keys fetched', async () => {
    const port = await freePorts(1);
    const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] }))).listen(
      port,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const identity = identityFromEnvironment({ ...settings, LASTCALL_JWKS_URI: `http://127.0.0.1:${port}/keys` });
    const claims = identity && (await authorizerFor(identity)([`Bearer ${token()}`]));
    server.closeAllConnections();
    await once(server.close(), 'close');
    expect(claims).toMatchObject({ sub: 'alice' });
  });

  test('is an origin that the console may ask for tokens, and the only other one', () => {
    const before = { ...process.env };
    Object.assign(process.env, { ...settings, LASTCALL_ISSUER: `${ISSUER}/realms/batch` });
    try {
      expect(trustOf({ url: 'http://127.0.0.1:1' }).origins).toEqual([ISSUER]);
    } finally {
      process.env = before;
    }
    expect(trustOf({ url: 'http://127.0.0.1:1' }).origins).toEqual([]);
  });

  test('is undefined without the variables', () => {
    expect(identityFromEnvironment({ PATH: '/bin' })).toBeUndefined();
  });

  test.each([
    [{ ...settings, LASTCALL_AUDIENCE: undefined }, /all three or none/],
    [{ ...settings, LASTCALL_JWKS_URI: 'keys' }, /LASTCALL_JWKS_URI/],
    [{ ...settings, LASTCALL_AUDIENCE: '' }, /LASTCALL_AUDIENCE/],
  ])('is refused for %j', (environment, message) => {
    expect(() => identityFromEnvironment(environment)).toThrow(message);
  });
});
