/** The items that writes are about to change: what happens to index entries depends on them. */
import { z } from 'zod';
import type { Attributes } from '#local/aws/dynamodb/proxy/requests/expressions';
import type { Table } from './catalog.ts';
import type { Call, EngineLink } from './engine-link.ts';

/** An item of a table, or its key. */
type Wanted = { readonly table: Table; readonly item: Attributes };

const foundSchema = z.object({ Responses: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))) });

/** The items as they are now, by `imageName`. Items of tables without global indexes are not read: none needs them. */
export async function readImages(
  link: EngineLink,
  call: Call,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, Attributes>> {
  const indexed = wanted.filter(({ table }) => table.globals.length > 0);
  if (indexed.length === 0) return new Map();
  const byTable = Map.groupBy(indexed, ({ table }) => table.place.name);
  const requests = [...byTable].map(([name, group]) => [name, { Keys: group.map(keyOf), ConsistentRead: true }]);
  const found = await link.ask(call, 'BatchGetItem', { RequestItems: Object.fromEntries(requests) });
  // The engine refuses keys that occur twice; it then refuses the caller's request, too.
  if (found === undefined) return new Map();
  const { Responses } = foundSchema.parse(found);
  return new Map(
    indexed.flatMap(({ table }) =>
      (Responses[table.place.name] ?? []).map((item) => [imageName({ table, item }), item]),
    ),
  );
}

/** One name for each item of all tables. */
export function imageName({ table, item }: Wanted): string {
  return `${table.place.name} ${JSON.stringify(keyOf({ table, item }))}`;
}

function keyOf({ table: { partitionKey, sortKey }, item }: Wanted): Attributes {
  return {
    [partitionKey]: item[partitionKey],
    ...(sortKey === undefined ? {} : { [sortKey]: item[sortKey] }),
  };
}
