/** The capacity that the engine says a request has consumed. */
import { z } from 'zod';

const unitsSchema = z.object({ CapacityUnits: z.number() });
const indexesSchema = z.record(z.string(), unitsSchema).default({});
const capacitySchema = z.object({
  TableName: z.string(),
  CapacityUnits: z.number(),
  Table: unitsSchema.default({ CapacityUnits: 0 }),
  LocalSecondaryIndexes: indexesSchema,
  GlobalSecondaryIndexes: indexesSchema,
});
type Capacity = z.output<typeof capacitySchema>;
const consumedSchema = z.union([capacitySchema.transform((one) => [one]), z.array(capacitySchema)]).default([]);

/** The units that each table and global index has consumed. A local index counts with its table. */
export function consumedBy(reply: Body): Map<string, number> {
  return new Map(consumedSchema.parse(reply.ConsumedCapacity).flatMap(unitsByPlace));
}

/** The reply with as much of the consumed capacity as the caller asked for. */
export function withCapacityAsAsked(reply: Body, asked: unknown): Body {
  const { ConsumedCapacity: capacity, ...rest } = reply;
  if (asked === 'INDEXES') return reply;
  if (asked !== 'TOTAL') return rest;
  const totals = consumedSchema.parse(capacity).map(({ TableName, CapacityUnits }) => ({ TableName, CapacityUnits }));
  return { ...rest, ConsumedCapacity: Array.isArray(capacity) ? totals : totals[0] };
}

/** The body of a request or a reply. */
export type Body = Readonly<Record<string, unknown>>;

function unitsByPlace({ TableName, Table, LocalSecondaryIndexes, GlobalSecondaryIndexes }: Capacity) {
  const locals = Object.values(LocalSecondaryIndexes).reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
  const globals = Object.entries(GlobalSecondaryIndexes).map(
    ([index, { CapacityUnits }]) => [`${TableName}/${index}`, CapacityUnits] as const,
  );
  return [[TableName, Table.CapacityUnits + locals] as const, ...globals];
}
