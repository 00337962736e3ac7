/** Calls a system over HTTP, as the users that tests need. */
import { z } from 'zod';
import { ROLES, type Role } from '#domain/roles';

export type Reply = { readonly status: number; readonly body: unknown; readonly headers: Headers };
export type Call = {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The default user of that role, anyone by token, or nobody; a system administrator unless given. */
  readonly as?: Role | 'nobody' | { readonly token: string };
  readonly headers?: Readonly<Record<string, string>>;
};

export type Client = {
  readonly url: string;
  token(user: string, roles: readonly Role[]): Promise<string>;
  call(method: string, path: string, call?: Call): Promise<Reply>;
};

const TokenReply = z.object({ token: z.string() });

export type TokenSource = (url: string, user: string, roles: readonly Role[]) => Promise<string>;

/** A client of that system; tokens are asked for once. */
export function clientOf(url: string, newToken: TokenSource): Client {
  const tokens = new Map<string, Promise<string>>();
  const token: Client['token'] = (user, roles) => {
    const key = JSON.stringify([user, roles]);
    const known = tokens.get(key) ?? newToken(url, user, roles);
    tokens.set(key, known);
    return known;
  };
  return { url, token, call: async (method, path, call = {}) => await send({ url, token }, [method, path], call) };
}

async function send(
  client: Pick<Client, 'url' | 'token'>,
  [method, path]: [string, string],
  call: Call,
): Promise<Reply> {
  const { as = 'SystemAdministrator', body, headers } = call;
  const response = await fetch(client.url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(as === 'nobody' ? {} : { authorization: `Bearer ${await tokenOf(client, as)}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}

async function tokenOf({ token }: Pick<Client, 'token'>, as: Role | { readonly token: string }): Promise<string> {
  return typeof as === 'string' ? await token(`a-${as}`, [as]) : as.token;
}

/** A token of the local issuer. */
export async function issuedToken(url: string, user: string, roles: readonly Role[]): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/local/token`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ user, roles }),
  });
  return TokenReply.parse(await response.json()).token;
}

/**
 * The token that the environment holds for the highest of the roles, whoever's it is. Where the environment holds none, the system is
 * one in local mode, whose issuer gives a token of that user.
 */
export async function givenToken(url: string, user: string, roles: readonly Role[]): Promise<string> {
  if (!Object.keys(process.env).some((name) => name.startsWith('LASTCALL_TOKEN_')))
    return issuedToken(url, user, roles);
  const highest = ROLES.findLast((role) => roles.includes(role)) ?? 'Reader';
  const name = `LASTCALL_TOKEN_${highest.toUpperCase()}`;
  const token = process.env[name];
  if (token === undefined) throw new Error(`${name} is not set: it holds the token of a ${highest} of LASTCALL_URL.`);
  return token;
}
