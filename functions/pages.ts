/** Pages of a list that is read as a whole. */
import { MAX_PAGE_BYTES } from '#domain/limits';

type Asked = { readonly cursor?: string | undefined; readonly limit?: number | undefined };
type Page<Item> = { readonly items: readonly Item[]; readonly cursor?: string };

/**
 * The page after the cursor, in descending order of `placeOf`, which must differ for all items. Without a limit it has
 * all items that fit into a reply.
 */
export function pageOf<Item>(list: readonly Item[], asked: Asked, placeOf: (item: Item) => string): Page<Item> {
  const { cursor, limit = list.length } = asked;
  const sorted = list.toSorted((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  const rest = cursor === undefined ? sorted : sorted.filter((item) => placeOf(item) < cursor);
  const items = rest.slice(0, Math.min(limit, fittingIn(rest)));
  const last = items.at(-1);
  return { items, ...(last !== undefined && items.length < rest.length ? { cursor: placeOf(last) } : {}) };
}

/** How many items fit into a reply: the last one may exceed `MAX_PAGE_BYTES`, so a page always has one. */
function fittingIn(items: readonly unknown[]): number {
  let bytes = 0;
  const full = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item));
    return bytes >= MAX_PAGE_BYTES;
  });
  return full === -1 ? items.length : full + 1;
}
