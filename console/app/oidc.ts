/** Sign-in by OpenID Connect: code flow with PKCE, and refresh tokens that rotate. */
import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import type { Tokens } from './tokens.ts';

export type Issuer = { readonly issuer: string; readonly clientId: string };

const KEY = 'lastcall.sign-in';
/** Where the issuer sends the user back to, by the settings of its client. */
const REDIRECT_PATH = '/console/';
const SCOPES = 'openid profile email';

/** What must be remembered while the issuer's page is open. */
const begunSchema = z.object({ verifier: z.string(), state: z.string(), nonce: z.string(), back: z.string() });

/** Leaves for the issuer's page; it comes back to this one. */
export async function beginSignIn({ issuer, clientId }: Issuer): Promise<void> {
  const server = await discover(issuer);
  const verifier = oauth.generateRandomCodeVerifier();
  const begun = {
    verifier,
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    back: location.pathname + location.search,
  };
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  const target = new URL(server.authorization_endpoint ?? '');
  target.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri(),
    scope: SCOPES,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString();
  location.assign(target);
}

/** Whether this page is the return from the issuer. */
export function isReturn(): boolean {
  return location.pathname === REDIRECT_PATH && new URLSearchParams(location.search).has('state');
}

/**
 * The tokens that the issuer gives for the code in the URL, and the page from which the sign-in began.
 * @throws Error when the return does not belong to a sign-in of this tab, or the issuer refuses
 */
export async function endSignIn({ issuer, clientId }: Issuer): Promise<{ tokens: Tokens; back: string }> {
  const begun = begunSchema.parse(JSON.parse(sessionStorage.getItem(KEY) ?? '{}'));
  sessionStorage.removeItem(KEY);
  const server = await discover(issuer);
  const client = { client_id: clientId };
  const answer = oauth.validateAuthResponse(server, client, new URL(location.href), begun.state);
  const reply = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    answer,
    redirectUri(),
    begun.verifier,
  );
  const granted = await oauth.processAuthorizationCodeResponse(server, client, reply, { expectedNonce: begun.nonce });
  return { tokens: tokensOf(granted), back: begun.back };
}

/** New tokens for a refresh token; undefined when the issuer wants another sign-in. */
export async function renew({ issuer, clientId }: Issuer, { access: _, refresh }: Tokens): Promise<Tokens | undefined> {
  if (refresh === undefined) return undefined;
  const server = await discover(issuer);
  const client = { client_id: clientId };
  try {
    const reply = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refresh);
    return { refresh, ...tokensOf(await oauth.processRefreshTokenResponse(server, client, reply)) };
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError) return undefined;
    throw error;
  }
}

function tokensOf({ access_token: access, refresh_token: refresh }: oauth.TokenEndpointResponse): Tokens {
  return { access, ...(refresh === undefined ? {} : { refresh }) };
}

async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url));
}

function redirectUri(): string {
  return new URL(REDIRECT_PATH, location.origin).href;
}
