/**
 * An OpenID Connect issuer for one public client: it signs ann in, checks the code flow's PKCE (RFC 7636), and rotates
 * refresh tokens. Its sign-in page has a query of its own; a browser shows a link there, others are led on at once.
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll } from '@jest/globals';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const TENANT = 'acme';
/** A page of another origin may read what it replies. */
const HEADERS = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

type Options = {
  readonly clientId: string;
  /** By default one that the issuer signs itself. */
  readonly accessToken?: () => Promise<string>;
};
export type OidcIssuer = {
  readonly url: string;
  /** The grants that it was asked for. */
  readonly grants: readonly string[];
  /** From now on the user must sign in again. */
  endSession(): void;
};
type Sign = (claims: object, audience: string) => Promise<string>;

export async function startIssuer({ clientId, accessToken }: Options): Promise<OidcIssuer> {
  const server = createServer();
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const { sign, keys } = await makeKeys(url);
  const grants: string[] = [];
  let asked = new URLSearchParams();
  let session = 0;

  const grant = async (form: URLSearchParams): Promise<object | undefined> => {
    grants.push(form.get('grant_type') ?? '');
    const verifier = form.get('code_verifier');
    const isProven = verifier === null ? form.get('refresh_token') === `r${session}` : isOf(verifier, asked);
    if (!isProven || form.get('client_id') !== clientId) return undefined;
    session += 1;
    const nonce = asked.get('nonce');
    const id = verifier === null ? {} : { id_token: await sign(nonce === null ? {} : { nonce }, clientId) };
    const access = await (accessToken?.() ?? sign({ 'cognito:groups': ['Reader'] }, 'lastcall'));
    return { access_token: access, token_type: 'Bearer', refresh_token: `r${session}`, ...id };
  };
  server.on('request', async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    const reply = (status: number, body: unknown) => response.writeHead(status, HEADERS).end(JSON.stringify(body));
    if (pathname === '/authorize') {
      asked = searchParams;
      const location = answerTo(searchParams);
      if (request.headers.accept?.includes('text/html') !== true) response.writeHead(302, { location }).end();
      else
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(`<a href="${location.replaceAll('&', '&amp;')}">I am ann</a>`);
    } else if (pathname === '/token') {
      const granted = await grant(new URLSearchParams(await text(request)));
      reply(granted === undefined ? 400 : 200, granted ?? { error: 'invalid_grant' });
    } else reply(200, pathname === '/keys' ? { keys } : describe(url));
  });
  return {
    url,
    grants,
    endSession: () => {
      session += 1;
    },
  };
}

async function makeKeys(issuer: string): Promise<{ sign: Sign; keys: object[] }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const sign: Sign = (claims, audience) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuer(issuer)
      .setSubject('ann')
      .setAudience(audience)
      .setIssuedAt()
      // Two tokens of the same second would be the same.
      .setJti(randomUUID())
      .setExpirationTime('1h')
      .sign(privateKey);
  return { sign, keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }] };
}

function isOf(verifier: string, asked: URLSearchParams): boolean {
  return createHash('sha256').update(verifier).digest('base64url') === asked.get('code_challenge');
}

/** The user may deny, and a request for another tenant is nobody's. */
function answerTo(asked: URLSearchParams): string {
  const back = new URL(asked.get('redirect_uri') ?? '');
  const isGranted = asked.get('tenant') === TENANT && !asked.has('deny');
  const answer = isGranted ? { code: 'c1' } : { error: 'access_denied', error_description: 'The user said no.' };
  back.search = new URLSearchParams({ ...answer, state: asked.get('state') ?? '' }).toString();
  return back.href;
}

function describe(url: string) {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize?tenant=${TENANT}`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/keys`,
  };
}
