/** The tokens of this tab. Another tab, and the next visit, signs in by itself. */
import { z } from 'zod';

const tokensSchema = z.object({ access: z.string(), refresh: z.string().optional() });
export type Tokens = z.infer<typeof tokensSchema>;

const KEY = 'lastcall.tokens';

/** The tokens that the tab has kept; undefined before a sign-in. */
export function keptTokens(): Tokens | undefined {
  const kept = sessionStorage.getItem(KEY);
  return kept === null ? undefined : tokensSchema.safeParse(JSON.parse(kept)).data;
}

export function keepTokens(tokens: Tokens | undefined): void {
  if (tokens === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(tokens));
}
