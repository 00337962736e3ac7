/** Who is signed in. The token lives in this tab only; a session that has expired keeps the page and its drafts. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { Client } from '#client/client';
import { setServerTime } from '#console/parts/clock.ts';
import { claimsOf, type User } from './claims.ts';
import { isReturn } from './redirect.ts';
import { type System, useSystem } from './system.tsx';
import { keepTokens, keptTokens, type Tokens } from './tokens.ts';

type Session = {
  /** Undefined until someone has signed in. */
  readonly user: User | undefined;
  /** Whether the token was refused, or is over: the user signs in again on top of the page. */
  readonly isExpired: boolean;
  readonly client: Client;
  signIn(tokens: Tokens): void;
  signOut(): void;
};

const SessionContext = createContext<Session | undefined>(undefined);

/** The session of this tab. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs a SessionProvider above.');
  return session;
}

/** The client of the API, with the user's token. */
export function useClient(): Client {
  return useSession().client;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const system = useSystem();
  // On the return from the issuer they are those of the session that is over.
  const [tokens, setTokens] = useState(() => (isReturn() ? undefined : keptTokens()));
  const [isExpired, setExpired] = useState(false);
  const keep = useCallback((next: Tokens | undefined) => {
    keepTokens(next);
    setTokens(next);
    setExpired(false);
  }, []);
  const client = useMemo(() => {
    let current = tokens;
    let renewing: Promise<string | undefined> | undefined;
    const renewToken = async () => {
      current = current && (await renewed(system, current));
      if (current) keepTokens(current);
      else setExpired(true);
      return current?.access;
    };
    // A refresh token works once: all calls that are refused together wait for the same renewal.
    const renewOnce = () => {
      renewing ??= renewToken().finally(() => {
        renewing = undefined;
      });
      return renewing;
    };
    return new Client({
      url: location.origin,
      token: (isRefused) => (isRefused ? renewOnce() : current?.access),
      onReply: ({ headers }) => setServerTime(headers.get('date')),
    });
  }, [tokens, system]);
  const session = {
    user: tokens === undefined ? undefined : claimsOf(tokens.access),
    isExpired,
    client,
    signIn: keep,
    signOut: () => keep(undefined),
  };
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

/** Only an issuer of tokens that can be refreshed needs its code. */
async function renewed({ signIn }: System, tokens: Tokens): Promise<Tokens | undefined> {
  if (signIn.local || signIn.consoleClientId === undefined) return undefined;
  const { renew } = await import('./oidc.ts');
  return renew({ issuer: signIn.issuer, clientId: signIn.consoleClientId }, tokens);
}
