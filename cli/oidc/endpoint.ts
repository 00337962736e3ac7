/** The OpenID Connect issuer of a profile, and this program as a client of it: public, without a secret. */
import * as oauth from 'oauth4webapi';

/** A client of an issuer. */
type Registration = { readonly issuer: string; readonly clientId: string };
/** A program on this machine may use an issuer without TLS only if that is on this machine, too. */
type Insecure = { readonly [oauth.allowInsecureRequests]?: boolean };

/** What each request to the issuer needs. */
export type Endpoint = {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly options: Insecure;
};

/** Reads what the issuer says of itself. */
export async function discover({ issuer, clientId }: Registration): Promise<Endpoint> {
  const url = new URL(issuer);
  const isHere = ['127.0.0.1', 'localhost'].includes(url.hostname);
  const options: Insecure = isHere ? { [oauth.allowInsecureRequests]: true } : {};
  const response = await oauth.discoveryRequest(url, { algorithm: 'oidc', ...options });
  const server = await oauth.processDiscoveryResponse(url, response);
  return { server, client: { client_id: clientId }, options };
}
