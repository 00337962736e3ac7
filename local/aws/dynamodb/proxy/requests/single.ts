/** Requests for one table: what each needs, and the item that it writes. */
import { z } from 'zod';
import type { GlobalIndex, Table } from '#local/aws/dynamodb/proxy/catalog';
import type { Body } from '#local/aws/dynamodb/proxy/consumed';
import { latePage, lateScan } from '#local/aws/dynamodb/proxy/lag/late-page';
import type { Demand } from '#local/aws/dynamodb/proxy/throughput/throughput';
import { baseDemand, indexDemands, readDemand } from './demands.ts';
import { type Attributes, equalTo, updated } from './expressions.ts';

/** A request for one table, or a part of a batch. */
export type Part = {
  readonly tableName: string;
  /** The item that is written, or its key, if one is. */
  readonly written?: Attributes | undefined;
  /** `old` is the item as it is, if it exists and the table has global indexes. */
  demandsOf(table: Table, old?: Attributes): Demand[];
  /** For a Query or a Scan of a global index: the reply as the index has it, which does not know recent writes. */
  late?(table: Table, recent: ReadonlyMap<string, Attributes | undefined>, reply: Body): Body;
};

const attributesSchema = z.record(z.string(), z.unknown());
const singleSchema = z.looseObject({
  TableName: z.string(),
  IndexName: z.string().optional(),
  Key: attributesSchema.default({}),
  Item: attributesSchema.default({}),
  KeyConditionExpression: z.string().default(''),
  UpdateExpression: z.string().default(''),
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
  ExpressionAttributeValues: attributesSchema.optional(),
  ConsistentRead: z.boolean().default(false),
  ScanIndexForward: z.boolean().default(true),
  Limit: z.number().optional(),
  ExclusiveStartKey: attributesSchema.optional(),
});
const SHORTENED = ['Select', 'FilterExpression', 'ProjectionExpression', 'AttributesToGet'];
type Single = z.output<typeof singleSchema>;

const FORMS: Readonly<Record<string, (request: Single) => Omit<Part, 'tableName'>>> = {
  GetItem: ({ Key, ConsistentRead }) => ({
    demandsOf: ({ place, partitionKey }) => [readDemand(place, Key[partitionKey], ConsistentRead)],
  }),
  Query: (request) => readBy(latePage, request),
  Scan: (request) => readBy(lateScan, request),
  PutItem: ({ Item }) => putOf(Item),
  DeleteItem: ({ Key }) => deleteOf(Key),
  UpdateItem: (request) => ({
    written: request.Key,
    demandsOf: (table, old) => {
      const next = updated({ ...old, ...request.Key }, request.UpdateExpression, request);
      return writesOf(table, old, next);
    },
  }),
};

/** The request; undefined for another operation, and for what the engine will refuse. */
export function singleOf(operation: string, body: unknown): Part | undefined {
  const form = Object.hasOwn(FORMS, operation) ? FORMS[operation] : undefined;
  const { success, data } = singleSchema.safeParse(body);
  return form !== undefined && success ? { tableName: data.TableName, ...form(data) } : undefined;
}

/** The put of an item. */
export function putOf(item: Attributes): Omit<Part, 'tableName'> {
  return { written: item, demandsOf: (table, old) => writesOf(table, old, item) };
}

/** The update of the item with this key: attributes get these values, and undefined ones are removed. */
export function updateTo(key: Attributes, changes: Attributes): Omit<Part, 'tableName'> {
  return { written: key, demandsOf: (table, old) => writesOf(table, old, { ...old, ...key, ...changes }) };
}

/** The deletion of an item. */
export function deleteOf(key: Attributes): Omit<Part, 'tableName'> {
  return { written: key, demandsOf: (table, old) => writesOf(table, { ...old, ...key }) };
}

function readBy(late: typeof latePage, request: Single): Omit<Part, 'tableName'> {
  return {
    demandsOf: (table) => [readOf(request, table)],
    late: (table, recent, reply) => {
      const index = indexOf(request, table);
      // Of pages that are cut down no entry can be said to be missing.
      const isWhole = !SHORTENED.some((parameter) => parameter in request);
      return index && isWhole ? late(request, { table, index, recent }, reply) : reply;
    },
  };
}

function readOf({ KeyConditionExpression, ConsistentRead, ...request }: Single, table: Table): Demand {
  const { place, partitionKey } = indexOf(request, table) ?? table;
  return readDemand(place, equalTo(partitionKey, KeyConditionExpression, request), ConsistentRead);
}

function indexOf({ IndexName }: Pick<Single, 'IndexName'>, { place, globals }: Table): GlobalIndex | undefined {
  return globals.find((index) => index.place.name === `${place.name}/${IndexName}`);
}

function writesOf(table: Table, old: Attributes | undefined, next?: Attributes): Demand[] {
  return [baseDemand(table, { old, next }), ...indexDemands(table, { old, next })];
}
