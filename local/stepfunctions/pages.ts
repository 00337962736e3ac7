import { z } from 'zod';
import { DEFAULT_PAGE_ITEMS, MAX_PAGE_ITEMS } from './limits.ts';
import { ServiceError } from './service-error.ts';

/** The fields of a request for a page. A maxResults of 0 means the default. */
export const pageFields = {
  maxResults: z.int().min(0).max(MAX_PAGE_ITEMS).optional(),
  nextToken: z.string().min(1).max(3096).optional(),
};
type PageRequest = { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined };

/**
 * One page of the items. The token holds the id of the page's last item, so that pages neither repeat nor skip
 * items when others are added. Throws InvalidToken on a token whose item is not there (any more).
 */
export function pageOf<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { maxResults = 0, nextToken }: PageRequest,
): { items: T[]; nextToken?: string } {
  const start = nextToken === undefined ? 0 : 1 + items.findIndex((item) => tokenOf(idOf(item)) === nextToken);
  if (nextToken !== undefined && start === 0) throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  const page = items.slice(start, start + (maxResults || DEFAULT_PAGE_ITEMS));
  const last = page.at(-1);
  const more = last !== undefined && start + page.length < items.length;
  return more ? { items: page, nextToken: tokenOf(idOf(last)) } : { items: page };
}

function tokenOf(id: string): string {
  return Buffer.from(JSON.stringify({ after: id })).toString('base64url');
}
