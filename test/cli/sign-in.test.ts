/** Sign-in at an OpenID Connect issuer: the code flow with PKCE, and the renewal of a token that the API refuses. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { openTerminal } from '#test/support/cli/terminal';
import { startIssuer } from '#test/support/client/oidc-issuer';
import { scriptApi } from '#test/support/client/scripted-api';
import { eventually } from '#test/support/flows/system';

const CLIENT = 'lastcall-cli';
const REFUSED = { status: 401, body: { code: 'Unauthorized', detail: 'The token has expired.' } };
const EMPTY = { body: { items: [] } };

const NO_BROWSER = { PATH: '' };

/** A shell at a system that names the issuer, and then replies with these. */
async function atSystemOf(issuer: string, environment: NodeJS.ProcessEnv = NO_BROWSER, replies: object[] = []) {
  const signIn = { issuer, local: false, cliClientId: CLIENT };
  const api = await scriptApi({ body: { name: '', colour: '', signIn } }, ...replies);
  const shell = openTerminal(api.url, environment);
  const kept = () => JSON.parse(readFileSync(join(shell.folder, 'state', 'lastcall', 'tokens.json'), 'utf8'))[api.url];
  return { shell, kept };
}
const addressIn = (printed: () => string) => eventually(() => /Sign in at (\S+)/.exec(printed())?.[1]);
/** Where the issuer's page leads. */
async function redirectOf(address: string): Promise<string> {
  const { headers } = await fetch(address, { redirect: 'manual' });
  return headers.get('location') ?? '';
}

test('login signs in by the browser, keeps the token, and a refused one is renewed by itself', async () => {
  const issuer = await startIssuer({ clientId: CLIENT });
  const { shell, kept } = await atSystemOf(issuer.url, NO_BROWSER, [REFUSED, EMPTY, REFUSED, EMPTY, REFUSED]);
  const login = shell.start(['login']);
  // What a browser does: it follows the redirect to the port that the program listens on.
  expect(await (await fetch(await addressIn(login.stderr))).text()).toContain('You are signed in.');
  expect((await login.ended).code).toBe(0);

  expect(statSync(join(shell.folder, 'state', 'lastcall', 'tokens.json')).mode & 0o777).toBe(0o600);
  expect(kept().oidc).toEqual({ issuer: issuer.url, clientId: CLIENT, scope: 'openid', refreshToken: 'r1' });
  expect((await shell.run('whoami')).stdout).toMatch(/^Roles +Reader$/m);

  for (const refreshToken of ['r2', 'r3']) {
    expect((await shell.run('features', '--json')).stdout).toContain('"items": []');
    expect(kept().oidc.refreshToken).toBe(refreshToken);
  }
  issuer.endSession();
  const over = await shell.run('features');
  expect(over).toMatchObject({ code: 4, stderr: expect.stringContaining('Next: lastcall login') });
  expect(issuer.grants).toEqual(['authorization_code', 'refresh_token', 'refresh_token', 'refresh_token']);
});

test('login --no-browser prints the address, and takes the one to which it leads from the terminal', async () => {
  const issuer = await startIssuer({ clientId: CLIENT });
  const { shell, kept } = await atSystemOf(issuer.url, {});
  const login = shell.ask('login', '--no-browser');
  const address = await addressIn(login.stdout);
  await eventually(() => login.stdout().includes('Paste the address'));
  login.child.stdin?.write(`${await redirectOf(address)}\r`);
  expect(await login.ended).toMatchObject({ code: 0 });
  expect(kept().oidc.issuer).toBe(issuer.url);
  const piped = (await atSystemOf(issuer.url)).shell;
  expect(await piped.run('login', '--no-browser')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('LASTCALL_TOKEN'),
  });
});

test('what the issuer refuses is said in its words, and a redirect of another sign-in is not taken', async () => {
  const issuer = await startIssuer({ clientId: CLIENT });
  for (const [change, words] of [
    [(address: string) => `${address}&deny=yes`, 'access_denied: The user said no.'],
    [(address: string) => address.replace(/state=[^&]*/, 'state=other'), 'state'],
  ] as const) {
    const login = (await atSystemOf(issuer.url)).shell.start(['login']);
    await fetch(change(await addressIn(login.stderr)));
    const { code, stderr } = await login.ended;
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining(words) });
    expect(stderr).toContain('Next: lastcall login');
    expect(stderr).not.toContain('    at ');
  }
});

test('an issuer without TLS on another machine is refused', async () => {
  const { shell } = await atSystemOf('http://issuer.example');
  const refused = await shell.run('login');
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringMatching(/https|TLS/i) });
});
