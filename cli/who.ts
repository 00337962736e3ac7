/** Who is signed in, as the token says that the API will read. */
import { EXIT, Stopped } from './exit-codes.ts';
import type { Session } from './session.ts';
import { isObject } from './state/json-file.ts';
import { tokenSource } from './tokens.ts';

/** The user of a token. `user` is what records name as an owner. */
export type Who = {
  readonly user: string;
  readonly name?: string;
  readonly roles: readonly string[];
  readonly issuer?: string;
  readonly expiresAt?: string;
};

/** @throws Stopped without a token, or with one that is not readable */
export async function whoIsIt({ profile }: Pick<Session, 'profile'>): Promise<Who> {
  const token = await tokenSource(profile)();
  const claims = token === undefined ? undefined : claimsOf(token);
  if (claims !== undefined) return toWho(claims);
  const problem = token === undefined ? 'You are not signed in.' : 'The token is not a JWT.';
  throw new Stopped(problem, { exitCode: EXIT.notAllowed, next: 'lastcall login' });
}

function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return isObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}

function toWho(claims: Readonly<Record<string, unknown>>): Who {
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : undefined);
  const groups = claims['cognito:groups'];
  const name = text('name') ?? text('preferred_username') ?? text('email') ?? text('username');
  const user = text('sub') ?? text('client_id') ?? '';
  const issuer = text('iss');
  return {
    user,
    ...(name === undefined || name === user ? {} : { name }),
    roles: Array.isArray(groups) ? groups.filter((each) => typeof each === 'string') : [],
    ...(issuer === undefined ? {} : { issuer }),
    ...(typeof claims.exp === 'number' ? { expiresAt: new Date(claims.exp * 1000).toISOString() } : {}),
  };
}
