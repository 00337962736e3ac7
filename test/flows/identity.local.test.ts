/** Which tokens the gateway accepts; users without a role or with an unknown role. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint, exportSPKI, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { tokenFor } from '#test/support/flows/client';
import { submitJob } from '#test/support/flows/records';
import { expectGatewayProblem } from '#test/support/flows/refused';
import { callWrongly, mayNot, PROTECTED, type Route } from '#test/support/flows/routes';
import { type System, startSystem } from '#test/support/flows/system';

const data = mkdtempSync(join(tmpdir(), 'identity-'));
let system: System;
let jobId: string;
beforeAll(async () => {
  system = await startSystem({ args: ['--servers', '0'], data });
  const token = await system.token('olga', ['BatchUser']);
  ({ jobId } = await submitJob(system, { hold: true, tasks: [{ handler: 'echo' }] }, { as: { token } }));
});
afterAll(async () => {
  await system.stop();
  rmSync(data, { recursive: true, force: true });
});

const call = (route: Pick<Route, 'method' | 'path'>, as: 'nobody' | { token: string }) =>
  callWrongly(system, route, { jobId, as });

describe.each(PROTECTED)('$method $path', (route) => {
  test('refuses a call without a token', async () => {
    const reply = await call(route, 'nobody');
    expectGatewayProblem(reply, '401 Unauthorized');
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('refuses a user without a role, or with an unknown role', async () => {
    expect(await call(route, { token: await system.token('nina', []) })).toMatchObject(mayNot(403, 'Forbidden'));
    const stranger = await signed({ 'cognito:groups': ['Administrators', 'systemadministrator'] });
    expect(await call(route, { token: stranger })).toMatchObject(mayNot(403, 'Forbidden'));
  });
});

test('the local issuer makes tokens of groups with any names, and whole names alone are roles', async () => {
  const route = { method: 'GET', path: '/jobs' };
  const tokenOf = async (...groups: string[]) => ({ token: await tokenFor(system.url, { user: 'gina', groups }) });
  expect(await call(route, await tokenOf('Ops Team', 'Reader'))).toMatchObject({ status: 200 });
  expect(await call(route, await tokenOf('Former Reader'))).toMatchObject(mayNot(403, 'Forbidden'));
});

test('anyone reads that this system makes its own tokens, and by which issuer', async () => {
  const reply = await fetch(`${system.url}/console/config.json`);
  const signIn = { issuer: `${system.url}/local`, local: true };
  expect([reply.status, await reply.json()]).toEqual([200, { name: 'local', colour: '#57606a', signIn }]);
});

describe('a token is refused on every route', () => {
  const seconds = (from: number) => Math.floor(Date.now() / 1000) + from;

  test.each<[string, () => Promise<string>]>([
    ['that is not signed', async () => unsigned()],
    [
      'that is signed with the public key as a secret',
      async () => signed({}, { alg: 'HS256', key: await publicSecret() }),
    ],
    ['of another key with our key id', async () => signed({}, { key: (await generateKeyPair('RS256')).privateKey })],
    ['of a foreign issuer', () => signed({ iss: 'https://issuer.example' })],
    ['for another audience', () => signed({ aud: 'another' })],
    ['that has expired', () => signed({ exp: seconds(-1) })],
    ['that is not valid yet', () => signed({ nbf: seconds(3_600) })],
    ['that never expires', () => signed({ exp: undefined })],
    ['that is no token', async () => 'x.y.z'],
  ])('%s', async (_what, make) => {
    const token = await make();
    const replies = await Promise.all(PROTECTED.map((route) => call(route, { token })));
    for (const reply of replies) expectGatewayProblem(reply, '401 Unauthorized');
  });

  test('while one signed with the same key, and right in all of these, is taken', async () => {
    expect(await system.call('GET', '/jobs', { as: { token: await signed({}) } })).toMatchObject({ status: 200 });
  });
});

describe('a role is given by a whole name in the list of groups alone:', () => {
  test.each<[string, unknown]>([
    ['not by a word of a name', ['Former SystemAdministrator', 'SystemAdministrator (test)']],
    ['not by a name between commas', ['A,SystemAdministrator,B', ',SystemAdministrator']],
    ['not by a name in brackets', ['[SystemAdministrator]', 'A] SystemAdministrator [B', 'SystemAdministrator]']],
    ['not by a list within the list', [['SystemAdministrator']]],
    ['not by a word of a text', 'Former SystemAdministrator'],
  ])('%s', async (_what, groups) => {
    const token = await signed({ 'cognito:groups': groups });
    expect(await call({ method: 'PUT', path: '/features/EnhancedBatchAbort' }, { token })).toMatchObject(
      mayNot(403, 'Forbidden'),
    );
    expect(await call({ method: 'GET', path: '/jobs' }, { token })).toMatchObject(mayNot(403, 'Forbidden'));
  });

  test('but by one beside others with spaces, commas and brackets', async () => {
    const token = await signed({ 'cognito:groups': ['Ops [Europe], Night Shift', 'Reader', 'Büro 7'] });
    expect(await call({ method: 'GET', path: '/jobs' }, { token })).toMatchObject({ status: 200 });
  });
});

/** Of the same role as the owner. */
describe('another BatchUser', () => {
  const good: Record<string, object | undefined> = {
    '/jobs/{jobId}/tasks': { tasks: [{ handler: 'echo' }] },
    '/jobs/{jobId}/priority': { priority: 'High' },
  };

  test.each(PROTECTED.filter(({ ownJobs }) => ownJobs))(
    'may not change a job: $method $path',
    async ({ method, path }) => {
      const token = await system.token('mallory', ['BatchUser']);
      const body = good[path] ?? {};
      const target = path.replace('{jobId}', jobId);
      expect(await system.call(method, target, { as: { token }, body })).toMatchObject(mayNot(403, 'Forbidden'));
      const { body: job } = await system.call('GET', `/jobs/${jobId}`);
      expect(job).toMatchObject({ status: 'Withhold', taskTotal: 1, priority: 'Normal' });
    },
  );
});

type How = { readonly alg?: string; readonly key?: Parameters<SignJWT['sign']>[0] };

/** A token like those of the local issuer, except for these claims and its signature. */
async function signed(claims: Readonly<Record<string, unknown>>, { alg = 'RS256', key }: How = {}): Promise<string> {
  const jwk = issuerKey();
  const now = Math.floor(Date.now() / 1000);
  const usual = { sub: 'mallory', iss: `${system.url}/local`, aud: 'lastcall', iat: now, exp: now + 600 };
  const all = { ...usual, 'cognito:groups': ['SystemAdministrator'], ...claims };
  const header = { alg, kid: await keyId(jwk), typ: 'JWT' };
  return await new SignJWT(all).setProtectedHeader(header).sign(key ?? (await importJWK(jwk, 'RS256')));
}

async function unsigned(): Promise<string> {
  const [, claims] = (await signed({})).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  return `${header}.${claims}.`;
}

function issuerKey(): JWK {
  return JSON.parse(readFileSync(join(data, 'issuer-key.json'), 'utf8'));
}

async function keyId({ kty = '', n = '', e = '' }: JWK): Promise<string> {
  return await calculateJwkThumbprint({ kty, n, e });
}

async function publicSecret(): Promise<Uint8Array> {
  const { kty = '', n = '', e = '' } = issuerKey();
  const key = await importJWK({ kty, n, e, alg: 'RS256' }, 'RS256', { extractable: true });
  return new TextEncoder().encode(key instanceof Uint8Array ? '' : await exportSPKI(key));
}
