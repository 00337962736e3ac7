/** Pages of lists. */
import { AwsError } from './aws-json.ts';

type PageRequest = { readonly maxResults: number; readonly nextToken?: string | undefined };
type Page<T> = { readonly items: T[]; readonly nextToken?: string };

/**
 * One page of the items. The token holds the id of the page's last item; so no page repeats or skips an item when
 * others are added.
 * @throws AwsError WrongToken when the token's item is gone or never existed
 */
export function pageOf<T>(
  items: readonly T[],
  idOf: (item: T) => string,
  { maxResults, nextToken }: PageRequest,
): Page<T> {
  const start = nextToken === undefined ? 0 : 1 + items.findIndex((item) => tokenOf(idOf(item)) === nextToken);
  if (nextToken !== undefined && start === 0) throw new AwsError('WrongToken', "Invalid Token: 'Invalid token'");
  const page = items.slice(start, start + maxResults);
  const last = page.at(-1);
  const more = last !== undefined && start + page.length < items.length;
  return more ? { items: page, nextToken: tokenOf(idOf(last)) } : { items: page };
}

function tokenOf(id: string): string {
  return Buffer.from(JSON.stringify({ after: id })).toString('base64url');
}
