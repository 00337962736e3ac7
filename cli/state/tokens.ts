/** The tokens that `login` has kept, one for each system, in a file that only its owner can read. */
import { isObject, readEntry, writeEntry } from './json-file.ts';

/** A token, and what brings the next one. */
export type Kept = {
  readonly token: string;
  /** Of local mode: its issuer makes a token for this user at any time. */
  readonly local?: { readonly user: string; readonly roles: readonly string[] };
  /** Of an OpenID Connect issuer. */
  readonly oidc?: {
    readonly issuer: string;
    readonly clientId: string;
    readonly scope: string;
    readonly refreshToken?: string;
  };
};

const FILE = 'tokens.json';

/** The token of the system; undefined before a login. */
export async function keptToken(url: string): Promise<Kept | undefined> {
  const entry = await readEntry(FILE, url);
  return isKept(entry) ? entry : undefined;
}

/** Keeps a token, or forgets that of the system with `undefined`. Returns the path of the file. */
export async function keepToken(url: string, kept: Kept | undefined): Promise<string> {
  return await writeEntry(FILE, url, kept);
}

function isKept(entry: unknown): entry is Kept {
  return isObject(entry) && typeof entry.token === 'string';
}
