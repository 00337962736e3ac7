/** Renews a token by a refresh token (RFC 6749, section 6), also where the issuer rotates those. */
import * as oauth from 'oauth4webapi';
import type { Kept } from '#cli/state/tokens';
import { discover } from './endpoint.ts';

type Renewable = NonNullable<Kept['oidc']> & { readonly refreshToken: string };

/** The new token; the issuer may send a new refresh token with it, and the old one is void then. */
export async function refresh(kept: Renewable): Promise<Pick<Kept, 'token' | 'oidc'>> {
  const { server, client, options } = await discover(kept);
  const response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), kept.refreshToken, options);
  const tokens = await oauth.processRefreshTokenResponse(server, client, response);
  return { token: tokens.access_token, oidc: { ...kept, refreshToken: tokens.refresh_token ?? kept.refreshToken } };
}
