/** Sign-in at an OpenID Connect issuer: the code flow with PKCE, and the renewal of a token that the API refuses. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startIssuer } from '#test/support/cli/oidc-issuer';
import { openTerminal } from '#test/support/cli/terminal';
import { scriptApi } from '#test/support/client/scripted-api';
import { eventually } from '#test/support/flows/system';

const CLIENT = 'lastcall-cli';
const REFUSED = { status: 401, body: { code: 'Unauthorized', detail: 'The token has expired.' } };

test('login signs in by the browser, keeps the token, and a refused one is renewed by itself', async () => {
  const issuer = await startIssuer(CLIENT);
  const signIn = { issuer: issuer.url, local: false, cliClientId: CLIENT };
  const api = await scriptApi({ body: { name: '', colour: '', signIn } }, REFUSED, { body: { items: [] } });
  const shell = openTerminal(api.url, { PATH: '' });
  const login = shell.start(['login']);
  const address = await eventually(() => /Sign in at (\S+)/.exec(login.stderr())?.[1]);
  // What a browser does: it follows the redirect to the port that the program listens on.
  expect(await (await fetch(address)).text()).toContain('You are signed in.');
  expect((await login.ended).code).toBe(0);

  const file = join(shell.folder, 'state', 'lastcall', 'tokens.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))[api.url].oidc).toMatchObject({
    issuer: issuer.url,
    refreshToken: 'r1',
  });
  expect((await shell.run('whoami')).stdout).toMatch(/^Roles +Reader$/m);

  expect((await shell.run('features', '--json')).stdout).toContain('"items": []');
  expect(issuer.grants).toEqual(['authorization_code', 'refresh_token']);
});
