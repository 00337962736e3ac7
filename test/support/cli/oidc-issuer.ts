/** An OpenID Connect issuer: it signs one user in without asking, and checks the code flow's PKCE (RFC 7636). */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** The grants that it was asked for. */
export type OidcIssuer = { readonly url: string; readonly grants: readonly string[] };

/** Starts it for one client, which must be public. */
export async function startIssuer(clientId: string): Promise<OidcIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }];
  const grants: string[] = [];
  let challenge = '';
  let url = '';
  const sign = (claims: object, audience: string) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuer(url)
      .setSubject('ann')
      .setAudience(audience)
      .setIssuedAt()
      // Two tokens of the same second would be the same.
      .setJti(randomUUID())
      .setExpirationTime('1h')
      .sign(privateKey);
  const tokens = async (form: URLSearchParams) => {
    grants.push(form.get('grant_type') ?? '');
    const verifier = form.get('code_verifier');
    const isProven = verifier !== null && createHash('sha256').update(verifier).digest('base64url') === challenge;
    if (!(isProven || form.get('refresh_token') === 'r1') || form.get('client_id') !== clientId) return undefined;
    const id = verifier === null ? {} : { id_token: await sign({}, clientId) };
    const access = await sign({ 'cognito:groups': ['Reader'] }, 'lastcall');
    return { access_token: access, token_type: 'Bearer', expires_in: 3600, refresh_token: 'r1', ...id };
  };
  const server = createServer(async (request, response) => {
    const asked = new URL(request.url ?? '/', url);
    const reply = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (asked.pathname === '/authorize') {
      challenge = asked.searchParams.get('code_challenge') ?? '';
      const back = new URL(asked.searchParams.get('redirect_uri') ?? url);
      back.search = `?code=c1&state=${asked.searchParams.get('state')}`;
      response.writeHead(302, { location: back.href }).end();
    } else if (asked.pathname === '/token') {
      const granted = await tokens(new URLSearchParams(await text(request)));
      reply(granted === undefined ? 400 : 200, granted ?? { error: 'invalid_grant' });
    } else if (asked.pathname === '/keys') reply(200, { keys });
    else
      reply(200, {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/keys`,
      });
  });
  server.listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return { url, grants };
}
