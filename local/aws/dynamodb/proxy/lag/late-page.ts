/** A page of a global index as it was before the latest writes. */
import { z } from 'zod';
import type { GlobalIndex, Table } from '#local/aws/dynamodb/proxy/catalog';
import type { Body } from '#local/aws/dynamodb/proxy/consumed';
import { imageName } from '#local/aws/dynamodb/proxy/images';
import {
  type Attributes,
  equalTo,
  type Placeholders,
  sortKeyFits,
} from '#local/aws/dynamodb/proxy/requests/expressions';

/** A Query of a global index. */
type IndexQuery = Placeholders & {
  readonly KeyConditionExpression: string;
  readonly ScanIndexForward: boolean;
  readonly Limit?: number | undefined;
  readonly ExclusiveStartKey?: Attributes | undefined;
};
type Setting = {
  readonly table: Table;
  readonly index: GlobalIndex;
  /** Old images of recently written items, by `imageName`. */
  readonly recent: ReadonlyMap<string, Attributes | undefined>;
};

const attributesSchema = z.record(z.string(), z.unknown());
const pageSchema = z.object({ Items: z.array(attributesSchema), LastEvaluatedKey: attributesSchema.optional() });

/**
 * The page without what recent writes did: entries that they made are missing, entries that they removed or changed are
 * there as they were. "Using Global Secondary Indexes", "Data synchronization between tables and Global Secondary
 * Indexes": changes arrive within a fraction of a second, and a query may return results that are not up to date.
 */
export function latePage(query: IndexQuery, setting: Setting, page: Body): Body {
  const { index } = setting;
  const { LastEvaluatedKey } = pageSchema.parse(page);
  const isFitting = (entry: Attributes) =>
    isWanted(entry, index, query) && isWithin(entry, index, { ...query, LastEvaluatedKey });
  const late = lateItems(setting, page, { Limit: query.Limit, isFitting });
  return withItems(
    page,
    late.sort((one, other) => compare(one, other, index) * directionOf(query)),
  );
}

/** The same for a Scan. Its order says nothing, so that a page which is cut off only lacks what recent writes made. */
export function lateScan({ Limit }: Pick<IndexQuery, 'Limit'>, setting: Setting, page: Body): Body {
  const { LastEvaluatedKey } = pageSchema.parse(page);
  const isFitting = () => LastEvaluatedKey === undefined;
  return withItems(page, lateItems(setting, page, { Limit, isFitting }));
}

type Fitting = { readonly Limit: number | undefined; readonly isFitting: (entry: Attributes) => boolean };

function lateItems({ table, index, recent }: Setting, page: Body, { Limit, isFitting }: Fitting): Attributes[] {
  const known = pageSchema.parse(page).Items.filter((item) => !recent.has(imageName({ table, item })));
  const old = [...recent.values()].flatMap((image) => entryOf(image, { table, index })).filter(isFitting);
  return [...known, ...old.slice(0, (Limit ?? Number.POSITIVE_INFINITY) - known.length)];
}

function withItems(page: Body, Items: readonly Attributes[]): Body {
  return { ...page, Items, Count: Items.length, ScannedCount: Items.length };
}

function entryOf(item: Attributes | undefined, { table, index }: Pick<Setting, 'table' | 'index'>): Attributes[] {
  if (item === undefined || item[index.partitionKey] === undefined) return [];
  if (index.sortKey !== undefined && item[index.sortKey] === undefined) return [];
  if (index.attributes === undefined) return [item];
  const names = [table.partitionKey, table.sortKey ?? [], index.attributes].flat();
  return [Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)))];
}

function isWanted(entry: Attributes, { partitionKey, sortKey }: GlobalIndex, query: IndexQuery): boolean {
  const wanted = equalTo(partitionKey, query.KeyConditionExpression, query);
  if (JSON.stringify(entry[partitionKey]) !== JSON.stringify(wanted)) return false;
  return sortKey === undefined || sortKeyFits(sortKey, entry[sortKey], query);
}

/** Whether the entry lies between the ends of the page. */
function isWithin(
  entry: Attributes,
  index: GlobalIndex,
  query: IndexQuery & { LastEvaluatedKey: Attributes | undefined },
): boolean {
  const { ExclusiveStartKey: start, LastEvaluatedKey: end } = query;
  const isAfter = start === undefined || compare(entry, start, index) * directionOf(query) > 0;
  return isAfter && (end === undefined || compare(entry, end, index) * directionOf(query) < 0);
}

function directionOf({ ScanIndexForward }: IndexQuery): 1 | -1 {
  return ScanIndexForward ? 1 : -1;
}

function compare(one: Attributes, other: Attributes, { sortKey = '' }: GlobalIndex): number {
  const [first, second] = [one, other].map((entry) => JSON.stringify(entry[sortKey]) ?? '');
  return Buffer.compare(Buffer.from(first ?? ''), Buffer.from(second ?? ''));
}
