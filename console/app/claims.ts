import { decodeJwt } from 'jose';
import { z } from 'zod';

const claimsSchema = z.object({
  sub: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  username: z.string().optional(),
  'cognito:username': z.string().optional(),
  'cognito:groups': z.array(z.string()).default([]),
});

/** The signed-in user, by the claims of the token. */
export type User = { readonly id: string; readonly name: string; readonly roles: readonly string[] };

/** The user that a token names; the API checks it, so this is for display only. Undefined if it is no token. */
export function claimsOf(token: string): User | undefined {
  try {
    const claims = claimsSchema.parse(decodeJwt(token));
    const name = claims.name ?? claims.email ?? claims['cognito:username'] ?? claims.username ?? claims.sub;
    return { id: claims.sub, name, roles: claims['cognito:groups'] };
  } catch {
    return undefined;
  }
}
