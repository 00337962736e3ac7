import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { authorizerFor } from '#local/aws/apigateway/authorizer';
import { type Gateway, startGateway } from '#local/aws/apigateway/gateway';
import { createIssuer } from '#local/aws/cognito/issuer';
import { loadFunctions } from '#local/aws/lambda/lambda';
import { refuse } from '#local/gateway/refusals';
import { tokenRoutes } from '#local/gateway/token-routes';
import { freePorts } from '#test/support/flows/ports';

const audience = 'lastcall';
const tokenReplySchema = z.strictObject({ token: z.string() });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'issuer-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('over HTTP', () => {
  let gateway: Gateway;
  const url = () => `${gateway.url}/local`;

  beforeEach(async () => {
    const port = await freePorts(1);
    const issuer = await createIssuer({ url: `http://127.0.0.1:${port}/local`, audience });
    const { routes, functions } = tokenRoutes(Promise.resolve(issuer));
    const { invoke } = await loadFunctions(functions);
    const authorize = authorizerFor(issuer.identity);
    gateway = await startGateway({ port, apiId: 'lastcall', routes, invoke, authorize, refuse, log: () => {} });
  });
  afterEach(() => gateway.close());

  const ask = (body: unknown, type = 'application/json') =>
    fetch(`${url()}/token`, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) });

  test('a token has the claims of Cognito, and lasts 12 hours', async () => {
    const response = await ask({ user: 'alice', roles: ['BatchUser', 'BatchJobManager'] });
    expect(response.status).toBe(200);
    const claims = decodeJwt(tokenReplySchema.parse(await response.json()).token);
    expect(claims).toEqual({
      sub: 'alice',
      username: 'alice',
      'cognito:groups': ['BatchUser', 'BatchJobManager'],
      iss: url(),
      aud: 'lastcall',
      client_id: 'lastcall',
      token_use: 'access',
      iat: expect.any(Number),
      exp: (claims.iat ?? 0) + 12 * 3600,
      jti: expect.any(String),
    });
  });

  test('a token lasts for the requested time', async () => {
    const response = await ask({ user: 'alice', roles: [], expiresInSeconds: 5 });
    const { iat = 0, exp, ...claims } = decodeJwt(tokenReplySchema.parse(await response.json()).token);
    expect(exp).toBe(iat + 5);
    expect(claims).not.toHaveProperty('cognito:groups');
  });

  test('groups of any names stand beside the roles, or alone', async () => {
    for (const given of [{ roles: ['Reader'], groups: ['Ops Team'] }, { groups: ['Ops Team'] }]) {
      const response = await ask({ user: 'alice', ...given });
      const claims = decodeJwt(tokenReplySchema.parse(await response.json()).token);
      expect(claims['cognito:groups']).toEqual([...(given.roles ?? []), 'Ops Team']);
    }
  });

  test.each([
    [{ roles: ['Reader'] }],
    [{ user: '', roles: ['Reader'] }],
    [{ user: 'alice' }],
    [{ user: 'alice', roles: ['Root'] }],
    [{ user: 'alice', roles: ['Reader'], admin: true }],
    [{ user: 'alice', roles: ['Reader'], expiresInSeconds: 0 }],
    [{ user: 'alice', roles: ['Reader'], expiresInSeconds: 1e9 }],
    ['alice'],
    [null],
  ])('%j is refused', async (body) => {
    const response = await ask(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });

  test('a wrong request is described as those of the API are', async () => {
    const response = await ask({ user: 1, roles: [] });
    expect(await response.json()).toMatchObject({ detail: 'body.user: must be a string' });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp'])(
    'the content type %s, which a page of another site could send, is refused',
    async (type) => {
      expect((await ask({ user: 'alice', roles: [] }, type)).status).toBe(400);
    },
  );

  test('the public keys and the description of the issuer have the paths of OpenID Connect', async () => {
    const description = await (await fetch(`${url()}/.well-known/openid-configuration`)).json();
    expect(description).toMatchObject({ issuer: url(), jwks_uri: `${url()}/.well-known/jwks.json` });
    const keys = await (await fetch(`${url()}/.well-known/jwks.json`)).json();
    expect(keys).toEqual({
      keys: [{ kty: 'RSA', n: expect.any(String), e: 'AQAB', kid: expect.any(String), alg: 'RS256', use: 'sig' }],
    });
  });
});

test('tokens stay valid after a restart when the key is kept, in a file that only its owner can read', async () => {
  const setup = { url: 'http://127.0.0.1:4000/local', audience, keyFile: join(directory, 'key.json') };
  const token = await (await createIssuer(setup)).sign({ user: 'alice', groups: [], expiresInSeconds: 60 });
  const { identity } = await createIssuer(setup);
  expect(await authorizerFor(identity)([`Bearer ${token}`])).toMatchObject({ sub: 'alice' });
  expect(statSync(setup.keyFile).mode & 0o777).toBe(0o600);
});

test('each issuer without a key file has its own key', async () => {
  const [one, other] = await Promise.all(
    [1, 2].map(() => createIssuer({ url: 'http://127.0.0.1:4000/local', audience })),
  );
  const token = await one?.sign({ user: 'alice', groups: [], expiresInSeconds: 60 });
  expect(other && (await authorizerFor(other.identity)([`Bearer ${token}`]))).toBeUndefined();
});

test('a key file with other content is refused by its name and not changed', async () => {
  const keyFile = join(directory, 'key.json');
  writeFileSync(keyFile, '{}');
  await expect(createIssuer({ url: 'http://127.0.0.1:4000/local', audience, keyFile })).rejects.toThrow(
    /key.json does not hold a key/,
  );
  expect(readFileSync(keyFile, 'utf8')).toBe('{}');
});
