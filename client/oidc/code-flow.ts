/**
 * Sign-in by the code flow of OpenID Connect with PKCE (RFC 7636), and refresh tokens, which an issuer may rotate
 * (RFC 6749, section 6). The command line and the console sign in by it.
 */
import * as oauth from 'oauth4webapi';
import { SignInFailed, Unreachable } from '#client/refused';
import { discover, type Registration, signInPage } from './endpoint.ts';

/** How a sign-in begins. */
type Beginning = Registration & {
  /** One that is registered with the issuer. */
  readonly redirectUri: string;
  readonly scope: string;
};
/** What the client keeps to itself while the issuer's page is open. */
type Secrets = { readonly verifier: string; readonly state: string; readonly nonce?: string | undefined };
/** How a sign-in ends. */
type End = Registration & {
  readonly redirectUri: string;
  readonly secrets: Secrets;
  /** The address to which the issuer has led. */
  readonly received: URL;
};
/** What the issuer grants. */
export type Granted = { readonly token: string; readonly refreshToken?: string };

/**
 * The address at which the user signs in, and the secrets of this sign-in.
 * @throws SignInFailed, Unreachable
 */
export async function beginSignIn(beginning: Beginning): Promise<{ address: URL; secrets: Secrets }> {
  return await explained(beginning, async () => {
    const address = signInPage(await discover(beginning));
    const secrets = makeSecrets(beginning.scope);
    const parameters = {
      response_type: 'code',
      client_id: beginning.clientId,
      redirect_uri: beginning.redirectUri,
      scope: beginning.scope,
      state: secrets.state,
      ...(secrets.nonce === undefined ? {} : { nonce: secrets.nonce }),
      code_challenge: await oauth.calculatePKCECodeChallenge(secrets.verifier),
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    return { address, secrets };
  });
}

/**
 * The tokens for the code in the address to which the issuer has led.
 * @throws SignInFailed when the address does not belong to this sign-in, or the issuer refuses; Unreachable
 */
export async function endSignIn(end: End): Promise<Granted> {
  const { redirectUri, secrets, received } = end;
  return await explained(end, async () => {
    const { server, client, options } = await discover(end);
    const answer = oauth.validateAuthResponse(server, client, received, secrets.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      answer,
      redirectUri,
      secrets.verifier,
      options,
    );
    const expected = secrets.nonce === undefined ? {} : { expectedNonce: secrets.nonce };
    return grantedIn(await oauth.processAuthorizationCodeResponse(server, client, response, expected));
  });
}

/**
 * A new token for a refresh token; undefined when the issuer wants another sign-in.
 * @throws SignInFailed, Unreachable
 */
export async function refresh({ refreshToken, ...of }: Registration & { readonly refreshToken: string }) {
  return await explained(of, async (): Promise<Granted | undefined> => {
    const { server, client, options } = await discover(of);
    const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), refreshToken, options);
    try {
      return { refreshToken, ...grantedIn(await oauth.processRefreshTokenResponse(server, client, response)) };
    } catch (error) {
      if (error instanceof oauth.ResponseBodyError) return undefined;
      throw error;
    }
  });
}

/** The nonce is in the token that says who has signed in, which only the scope `openid` brings. */
function makeSecrets(scope: string): Secrets {
  return {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    ...(scope.split(' ').includes('openid') ? { nonce: oauth.generateRandomNonce() } : {}),
  };
}

function grantedIn({ access_token: token, refresh_token: refreshToken }: oauth.TokenEndpointResponse): Granted {
  return { token, ...(refreshToken === undefined ? {} : { refreshToken }) };
}

async function explained<T>({ issuer }: Registration, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    throw new SignInFailed(`The sign-in at ${issuer} did not work: ${reasonOf(error)}`, { cause: error });
  }
}

/** An issuer refuses by a code, and often says more. */
function reasonOf(error: unknown): string {
  const isRefusal = error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError;
  if (isRefusal) return [error.error, error.error_description ?? ''].filter((each) => each !== '').join(': ');
  return error instanceof Error ? error.message : String(error);
}
