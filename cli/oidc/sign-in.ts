/** Signs in by the code flow of OpenID Connect with PKCE (RFC 7636), as RFC 8252 advises for programs. */
import * as oauth from 'oauth4webapi';
import { openBrowser } from '#cli/browser';
import { note } from '#cli/output/notes';
import type { Kept } from '#cli/state/tokens';
import { discover, type Endpoint } from './endpoint.ts';
import { listenForRedirect, pastedRedirect, type Redirect } from './redirect.ts';

type SignIn = {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly browser: boolean;
  readonly signal: AbortSignal;
};
type Secrets = { readonly verifier: string; readonly state: string };

/** The token of the user who signs in, and what renews it. */
export async function signIn(how: SignIn): Promise<Kept> {
  const { issuer, clientId, scope, browser, signal } = how;
  const endpoint = await discover({ issuer, clientId });
  const secrets = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState() };
  const redirect = browser ? await listenForRedirect() : pastedRedirect();
  try {
    const address = await addressOf({ endpoint, redirect, scope, secrets });
    note(`Sign in at ${address}`);
    if (browser) openBrowser(address);
    const tokens = await exchange(await redirect.received(signal), { endpoint, redirect, secrets });
    const { access_token: token, refresh_token: refreshToken } = tokens;
    return { token, oidc: { issuer, clientId, scope, ...(refreshToken === undefined ? {} : { refreshToken }) } };
  } finally {
    redirect.close();
  }
}

type Flow = { readonly endpoint: Endpoint; readonly redirect: Redirect; readonly secrets: Secrets };

async function addressOf({ endpoint, redirect, scope, secrets }: Flow & { scope: string }): Promise<string> {
  const address = new URL(endpoint.server.authorization_endpoint ?? endpoint.server.issuer);
  const challenge = await oauth.calculatePKCECodeChallenge(secrets.verifier);
  const parameters = {
    response_type: 'code',
    client_id: endpoint.client.client_id,
    redirect_uri: redirect.uri,
    scope,
    state: secrets.state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
  return address.href;
}

async function exchange(received: URL, { endpoint, redirect, secrets }: Flow): Promise<oauth.TokenEndpointResponse> {
  const { server, client, options } = endpoint;
  const parameters = oauth.validateAuthResponse(server, client, received, secrets.state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    redirect.uri,
    secrets.verifier,
    options,
  );
  return await oauth.processAuthorizationCodeResponse(server, client, response);
}
