/** Where the token of each call comes from, and how it is renewed when the API refuses it. */

import { isObject } from '#cli/state/json-file';
import type { Profile } from '#cli/state/profiles';
import { type Kept, keepToken, keptToken } from '#cli/state/tokens';
import type { TokenSource } from '#client/client';

const LOCAL_REPLY_LIMIT_MS = 10_000;

/** The token of `LASTCALL_TOKEN`, which nothing renews; else the one that `login` has kept for this system. */
export function tokenSource({ url }: Profile): TokenSource {
  const given = process.env.LASTCALL_TOKEN;
  if (given) return () => given;
  let known: Kept | undefined;
  return async (renew = false) => {
    known ??= await keptToken(url);
    if (renew && known !== undefined) known = await renewedBeside(url, known);
    return known?.token;
  };
}

/** What to do when the API takes no token. */
export function howToSignIn(): string {
  if (process.env.LASTCALL_TOKEN)
    return 'set LASTCALL_TOKEN to a token that is valid, or unset it and run: lastcall login';
  return 'lastcall login (in local mode: lastcall login --user NAME --role ROLE)';
}

/** A token of a system in local mode; undefined if it is none. */
export async function issueLocally(url: string, user: string, roles: readonly string[]): Promise<string | undefined> {
  const response = await fetch(`${url}/local/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, roles }),
    signal: AbortSignal.timeout(LOCAL_REPLY_LIMIT_MS),
  });
  const reply: unknown = await response.json().catch(() => undefined);
  return isObject(reply) && typeof reply.token === 'string' ? reply.token : undefined;
}

/** Another process may have renewed it, which has used up the refresh token that this one knows. */
async function renewedBeside(url: string, refused: Kept): Promise<Kept> {
  const kept = await keptToken(url);
  if (kept !== undefined && kept.token !== refused.token) return kept;
  const next = await renewed(url, refused);
  await keepToken(url, next);
  return next;
}

/** The same token where no other can be had: the API then refuses it once more, and says so. */
async function renewed(url: string, kept: Kept): Promise<Kept> {
  const { local, oidc } = kept;
  if (local !== undefined) return { ...kept, token: (await issueLocally(url, local.user, local.roles)) ?? kept.token };
  if (oidc?.refreshToken === undefined) return kept;
  const { refresh } = await import('#client/oidc/code-flow');
  const granted = await refresh({ ...oidc, refreshToken: oidc.refreshToken });
  if (granted === undefined) return kept;
  const { token, ...more } = granted;
  return { token, oidc: { ...oidc, ...more } };
}
