/** What a read or a write needs of a table and its global indexes. */
import type { GlobalIndex, Table } from '#local/aws/dynamodb/proxy/catalog';
import type { Demand } from '#local/aws/dynamodb/proxy/throughput/throughput';
import type { Attributes } from './expressions.ts';

// "DynamoDB read and write operations", "Capacity unit consumption": one write unit for each KB.
const BYTES_PER_WRITE_UNIT = 1024;

/** A read of this partition. Its size is not known, so one unit is estimated, or half a unit. */
export function readDemand(place: Demand['place'], partition: unknown, isConsistent: boolean): Demand {
  return { place, kind: 'read', ...partitionOf(partition), units: isConsistent ? 1 : 0.5 };
}

/** A write of the item with these keys, into the table itself. The larger of both images counts. */
export function baseDemand({ place, partitionKey }: Table, images: Images): Demand {
  const partition = partitionOf((images.next ?? images.old)?.[partitionKey]);
  return { place, kind: 'write', ...partition, units: Math.max(unitsOf(images.old), unitsOf(images.next)) };
}

/**
 * The writes of index entries that follow. A moved entry is removed in one partition and added in another ("Using
 * Global Secondary Indexes", "Write capacity units"). An entry that does not change costs nothing.
 */
export function indexDemands({ globals }: Table, { old, next }: Images): Demand[] {
  return globals.flatMap((index) => {
    const [before, after] = [entryOf(index, old), entryOf(index, next)];
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    const values = [before, after].flatMap((entry) => (entry === undefined ? [] : [partitionOf(entry[0])]));
    const partitions = new Set(values.map(({ partition }) => partition));
    return [...partitions].map((partition): Demand => {
      return { place: index.place, kind: 'write', ...(partition === undefined ? {} : { partition }), units: 1 };
    });
  });
}

/** The item before and after a write; undefined where it does not exist or is not known. */
type Images = { readonly old?: Attributes | undefined; readonly next?: Attributes | undefined };

/** The partition key and the other attributes of the item's entry; undefined if it has none. */
function entryOf({ partitionKey, sortKey, attributes }: GlobalIndex, item: Attributes | undefined) {
  if (item?.[partitionKey] === undefined) return undefined;
  if (sortKey !== undefined && item[sortKey] === undefined) return undefined;
  const others = attributes ?? Object.keys(item).sort();
  return [item[partitionKey], ...others.map((name) => item[name])];
}

function partitionOf(value: unknown): { partition?: string } {
  return value === undefined ? {} : { partition: JSON.stringify(value) };
}

function unitsOf(item: Attributes | undefined): number {
  return item === undefined ? 1 : Math.ceil(JSON.stringify(item).length / BYTES_PER_WRITE_UNIT);
}
