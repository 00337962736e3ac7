/** Signs in at an issuer by the user's browser, as RFC 8252 advises for programs. */
import { openBrowser } from '#cli/browser';
import { note } from '#cli/output/notes';
import type { Kept } from '#cli/state/tokens';
import { beginSignIn, endSignIn } from '#client/oidc/code-flow';
import { listenForRedirect, pastedRedirect } from './redirect.ts';

type SignIn = {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly browser: boolean;
  readonly signal: AbortSignal;
};

/**
 * The token of the user who signs in, and what renews it.
 * @throws SignInFailed, Unreachable, Stopped
 */
export async function signIn({ browser, signal, ...at }: SignIn): Promise<Kept> {
  const redirect = browser ? await listenForRedirect() : pastedRedirect();
  try {
    const { address, secrets } = await beginSignIn({ ...at, redirectUri: redirect.uri });
    note(`Sign in at ${address}`);
    if (browser) openBrowser(address.href);
    const received = await redirect.received(signal);
    const { token, ...more } = await endSignIn({ ...at, redirectUri: redirect.uri, secrets, received });
    return { token, oidc: { ...at, ...more } };
  } finally {
    redirect.close();
  }
}
