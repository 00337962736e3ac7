/** An OpenID Connect issuer, and this program as a client of it: public, without a secret. */
import * as oauth from 'oauth4webapi';
import { Unreachable } from '#client/refused';

/** A client of an issuer. */
export type Registration = { readonly issuer: string; readonly clientId: string };
type Sent = oauth.CustomFetchOptions<string, URLSearchParams | undefined>;
/** How its requests are sent. */
type Sending = {
  readonly [oauth.customFetch]: typeof reach;
  readonly [oauth.allowInsecureRequests]?: boolean;
};

/** What each request to the issuer needs. */
type Endpoint = {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly options: Sending;
};

const REPLY_LIMIT_MS = 20_000;
const SERVER_ERROR = 500;
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/**
 * Reads what the issuer says of itself.
 * @throws Unreachable when it does not reply
 */
export async function discover({ issuer, clientId }: Registration): Promise<Endpoint> {
  const url = new URL(issuer);
  const options: Sending = { [oauth.customFetch]: reach, ...(isHere(url) && { [oauth.allowInsecureRequests]: true }) };
  const response = await oauth.discoveryRequest(url, { algorithm: 'oidc', ...options });
  const server = await oauth.processDiscoveryResponse(url, response);
  return { server, client: { client_id: clientId }, options };
}

/**
 * Where the user signs in.
 * @throws Error when the issuer names no such page, or one without TLS
 */
export function signInPage({ server }: Endpoint): URL {
  const page = new URL(server.authorization_endpoint ?? missing(server.issuer));
  if (page.protocol === 'https:' || (page.protocol === 'http:' && isHere(page))) return page;
  throw new Error(`The sign-in page ${page.origin} has no TLS.`);
}

/** Only an issuer on the same machine may do without TLS. */
function isHere({ hostname }: URL): boolean {
  return LOOPBACK.includes(hostname);
}

function missing(issuer: string): never {
  throw new Error(`The issuer ${issuer} names no authorization_endpoint.`);
}

/** An issuer that is away for a moment has refused nothing. */
async function reach(url: string, { method, headers, redirect, body }: Sent): Promise<Response> {
  const sent = { method, headers, redirect, body: body ?? null, signal: AbortSignal.timeout(REPLY_LIMIT_MS) };
  const response = await fetch(url, sent).catch((error: unknown) => {
    throw new Unreachable(new URL(url).origin, error);
  });
  if (response.status < SERVER_ERROR) return response;
  throw new Unreachable(new URL(url).origin, `the reply was ${response.status}`);
}
