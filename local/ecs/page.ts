import { z } from 'zod';
import { MAX_PAGE_ITEMS } from './limits.ts';
import { EcsError } from './wire.ts';

/** The input fields that ask for a page. */
export const pageFields = {
  maxResults: z.int().min(1).max(MAX_PAGE_ITEMS).default(MAX_PAGE_ITEMS),
  nextToken: z.string().optional(),
};

/** The part of a list that follows the token's item, and the token of the next part when there is more. */
export function pageOf(
  arns: readonly string[],
  { maxResults, nextToken }: { maxResults: number; nextToken?: string | undefined },
) {
  const start = nextToken === undefined ? 0 : arns.indexOf(nextToken) + 1;
  if (nextToken !== undefined && start === 0)
    throw new EcsError('InvalidParameterException', 'Invalid token: list again from the start.');
  const items = arns.slice(start, start + maxResults);
  return { items, nextToken: start + maxResults < arns.length ? items.at(-1) : undefined };
}
