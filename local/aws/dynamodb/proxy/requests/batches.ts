/** Requests for many items: their parts, and how parts become a request again. */
import { z } from 'zod';
import { readDemand } from './demands.ts';
import type { Attributes } from './expressions.ts';
import { deleteOf, type Part, putOf } from './single.ts';

/** One item of a batch. */
type BatchPart = Part & {
  /** As in the request. */
  readonly content: unknown;
  /** All else that the request says of the part's table. */
  readonly options: Attributes;
};

/** How a batch is taken apart and put together. */
export type Batch = {
  readonly parts: readonly BatchPart[];
  /** Where the reply has what was not done. */
  readonly leftIn: 'UnprocessedItems' | 'UnprocessedKeys';
  joined(parts: readonly BatchPart[]): object;
};

const attributesSchema = z.record(z.string(), z.unknown());
const writeSchema = z.union([
  z.strictObject({ PutRequest: z.strictObject({ Item: attributesSchema }) }),
  z.strictObject({ DeleteRequest: z.strictObject({ Key: attributesSchema }) }),
]);
const writesSchema = z.object({ RequestItems: z.record(z.string(), z.array(writeSchema)) });
const readSchema = z.looseObject({ Keys: z.array(attributesSchema), ConsistentRead: z.boolean().default(false) });
const readsSchema = z.object({ RequestItems: z.record(z.string(), readSchema) });

/** The request as a batch; undefined for another operation, and for what the engine will refuse. */
export function batchOf(operation: string, body: unknown): Batch | undefined {
  if (operation === 'BatchWriteItem') return writesOf(body);
  if (operation === 'BatchGetItem') return readsOf(body);
  return undefined;
}

function writesOf(body: unknown): Batch | undefined {
  const { success, data } = writesSchema.safeParse(body);
  if (!success) return undefined;
  const parts = Object.entries(data.RequestItems).flatMap(([tableName, contents]) =>
    contents.map((content) => {
      const part = 'PutRequest' in content ? putOf(content.PutRequest.Item) : deleteOf(content.DeleteRequest.Key);
      return { ...part, tableName, content, options: {} };
    }),
  );
  const joined: Batch['joined'] = (some) => byTable(some, (group) => group.map(({ content }) => content));
  return { parts, leftIn: 'UnprocessedItems', joined };
}

function readsOf(body: unknown): Batch | undefined {
  const { success, data } = readsSchema.safeParse(body);
  if (!success) return undefined;
  const parts = Object.entries(data.RequestItems).flatMap(([tableName, { Keys, ...options }]) =>
    Keys.map((content): BatchPart => {
      const demandsOf: Part['demandsOf'] = ({ place, partitionKey }) => [
        readDemand(place, content[partitionKey], options.ConsistentRead),
      ];
      return { tableName, content, options, demandsOf };
    }),
  );
  const joined: Batch['joined'] = (some) =>
    byTable(some, (group) => ({ ...group[0]?.options, Keys: group.map(({ content }) => content) }));
  return { parts, leftIn: 'UnprocessedKeys', joined };
}

function byTable(parts: readonly BatchPart[], join: (group: readonly BatchPart[]) => unknown): object {
  const groups = Map.groupBy(parts, ({ tableName }) => tableName);
  return Object.fromEntries([...groups].map(([tableName, group]) => [tableName, join(group)]));
}
