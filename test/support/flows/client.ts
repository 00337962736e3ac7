/** Calls a system over HTTP, as the users that tests need. */
import { z } from 'zod';
import { ROLES, type Role } from '#domain/roles';

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON. */
  readonly body: unknown;
  readonly text: string;
};
export type Call = {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of a body. */
  readonly raw?: string | Buffer;
  /**
   * The default user of that role, a user by token, or nobody: a call without a token. Unless given, a system
   * administrator.
   */
  readonly as?: Role | 'nobody' | { readonly token: string };
  readonly headers?: Readonly<Record<string, string>>;
};

export type Api = { call(method: string, path: string, call?: Call): Promise<Reply> };

export type Client = Api & {
  readonly url: string;
  token(user: string, roles: readonly Role[]): Promise<string>;
};

const tokenReplySchema = z.object({ token: z.string() });

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
  const {
    as = 'SystemAdministrator',
    body,
    raw = body === undefined ? undefined : JSON.stringify(body),
    headers,
  } = call;
  const response = await fetch(client.url + path, {
    method,
    headers: {
      ...(raw === undefined ? {} : { 'content-type': 'application/json' }),
      ...(as === 'nobody' ? {} : { authorization: `Bearer ${await tokenOf(client, as)}` }),
      ...headers,
    },
    ...(raw === undefined ? {} : { body: raw }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text, text };
}

async function tokenOf(client: Pick<Client, 'token'>, as: Role | { readonly token: string }): Promise<string> {
  return typeof as === 'string' ? await tokenOfRole(client, as) : as.token;
}

/** The token of the default user of that role. */
export function tokenOfRole({ token }: Pick<Client, 'token'>, role: Role): Promise<string> {
  return token(`a-${role}`, [role]);
}

/** A token of the local issuer. */
export async function issuedToken(url: string, user: string, roles: readonly Role[]): Promise<string> {
  return await tokenFor(url, { user, roles });
}

/** A token of the local issuer that may expire soon. */
export async function tokenFor(
  url: string,
  wanted: { user: string; roles?: readonly Role[]; groups?: readonly string[]; expiresInSeconds?: number },
): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/local/token`, { method: 'POST', headers, body: JSON.stringify(wanted) });
  return tokenReplySchema.parse(await response.json()).token;
}

/**
 * The token that the environment holds for the highest of the roles, of any user. If the environment holds no token at
 * all, the system is one in local mode, whose issuer makes a token of that user.
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
