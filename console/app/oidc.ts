/** Sign-in of this tab at the issuer's own page, which leads back to this one. */
import { z } from 'zod';
import * as flow from '#client/oidc/code-flow';
import { REDIRECT_PATH } from './redirect.ts';
import type { Tokens } from './tokens.ts';

export type Issuer = { readonly issuer: string; readonly clientId: string };

const KEY = 'lastcall.sign-in';
const SCOPE = 'openid profile email';

/** What must be remembered while the issuer's page is open. */
const begunSchema = z.object({
  secrets: z.object({ verifier: z.string(), state: z.string(), nonce: z.string().optional() }),
  back: z.string(),
});

/**
 * Leaves for the issuer's page; it comes back to this one.
 * @throws SignInFailed, Unreachable
 */
export async function beginSignIn(issuer: Issuer): Promise<void> {
  const { address, secrets } = await flow.beginSignIn({ ...issuer, redirectUri: redirectUri(), scope: SCOPE });
  const begun = { secrets, back: location.pathname + location.search };
  sessionStorage.setItem(KEY, JSON.stringify(begun));
  location.assign(address);
}

/**
 * The tokens that the issuer gives for the code in the URL, and the page from which the sign-in began.
 * @throws SignInFailed when the issuer refuses; Unreachable; Error when no sign-in of this tab has begun
 */
export async function endSignIn(issuer: Issuer): Promise<{ tokens: Tokens; back: string }> {
  const kept = sessionStorage.getItem(KEY);
  if (kept === null) throw new Error('This tab has begun no sign-in: sign in from here.');
  const { secrets, back } = begunSchema.parse(JSON.parse(kept));
  sessionStorage.removeItem(KEY);
  const received = new URL(location.href);
  return { tokens: tokensOf(await flow.endSignIn({ ...issuer, redirectUri: redirectUri(), secrets, received })), back };
}

/** New tokens for a refresh token; undefined when the issuer wants another sign-in. */
export async function renew(issuer: Issuer, { refresh: refreshToken }: Tokens): Promise<Tokens | undefined> {
  if (refreshToken === undefined) return undefined;
  const granted = await flow.refresh({ ...issuer, refreshToken });
  return granted && tokensOf(granted);
}

function tokensOf({ token, refreshToken }: flow.Granted): Tokens {
  return { access: token, ...(refreshToken === undefined ? {} : { refresh: refreshToken }) };
}

function redirectUri(): string {
  return new URL(REDIRECT_PATH, location.origin).href;
}
