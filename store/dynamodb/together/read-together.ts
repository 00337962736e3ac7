/** Consistent reads of records that are wanted at the same moment go in one request. */

import type { Item } from '#store/dynamodb/guarded-write';
import { readItems } from '#store/dynamodb/read';
import type { TableName } from '#store/schema';
import { Together } from './together.ts';

type Place = { readonly table: TableName; readonly key: Readonly<Record<string, string>> };
type Found = { readonly table: TableName; readonly item: Item };
type Wanted = { readonly places: readonly Place[]; readonly outcome: PromiseWithResolvers<readonly Found[]> };

const reads = new Together<Wanted>({ requestsAtOnce: 2, take: (waiting) => waiting.splice(0), send });

/**
 * These records, read consistently after this call, in one request with others that are wanted now. It may return
 * records that only others want. Keys must differ. 1 RCU for each 4 KB of a record, once for all who want it.
 * @throws Throttled, OutOfTime
 */
export function readTogether(places: readonly Place[]): Promise<readonly Found[]> {
  const outcome = Promise.withResolvers<readonly Found[]>();
  reads.want({ places, outcome });
  return outcome.promise;
}

async function send(batch: readonly Wanted[]): Promise<void> {
  const places = new Map(
    batch.flatMap((wanted) => wanted.places).map(({ table, key }) => [JSON.stringify([table, key]), { table, key }]),
  );
  try {
    const found = await readItems([...places.values()]);
    for (const { outcome } of batch) outcome.resolve(found);
  } catch (error) {
    for (const { outcome } of batch) outcome.reject(error);
  }
}
