/** The tables that the engine has, as far as their limits need it. */
import { z } from 'zod';
import type { Place } from '#local/aws/dynamodb/proxy/throughput/throughput';
import type { Call, EngineLink } from './engine-link.ts';

/** The attributes that an item is found by. */
type Keys = { readonly partitionKey: string; readonly sortKey?: string };
/** A global index. */
export type GlobalIndex = Keys & {
  readonly place: Place;
  /** Its attributes without the table's keys; undefined means all. */
  readonly attributes: readonly string[] | undefined;
};
/** A table. A local index counts with its table. */
export type Table = Keys & {
  readonly place: Place;
  readonly globals: readonly GlobalIndex[];
};

const keyedSchema = z.object({
  KeySchema: z.array(z.object({ AttributeName: z.string(), KeyType: z.string() })),
});
const globalSchema = keyedSchema.extend({
  IndexName: z.string(),
  IndexArn: z.string(),
  Projection: z.object({ ProjectionType: z.string(), NonKeyAttributes: z.array(z.string()).default([]) }),
});
const descriptionSchema = z.object({
  Table: keyedSchema.extend({
    TableName: z.string(),
    TableArn: z.string(),
    GlobalSecondaryIndexes: z.array(globalSchema).default([]),
  }),
});

/** Describes each table once. */
export class Catalog {
  readonly #link: EngineLink;
  readonly #tables = new Map<string, Promise<Table | undefined>>();

  constructor(link: EngineLink) {
    this.#link = link;
  }

  /** Returns undefined for a table that does not exist. */
  async find(name: string, call: Call): Promise<Table | undefined> {
    const known = this.#tables.get(name) ?? this.#describe(name, call);
    this.#tables.set(name, known);
    const forget = () => void this.#tables.delete(name);
    // Only what exists is remembered: it may be created at any time.
    const table = await known.catch((error: unknown) => {
      forget();
      throw error;
    });
    if (table === undefined) forget();
    return table;
  }

  /** Forgets all tables, because one may have changed. */
  clear(): void {
    this.#tables.clear();
  }

  async #describe(name: string, call: Call): Promise<Table | undefined> {
    const described = await this.#link.ask(call, 'DescribeTable', { TableName: name });
    return described === undefined ? undefined : tableOf(descriptionSchema.parse(described));
  }
}

function tableOf({ Table: table }: z.output<typeof descriptionSchema>): Table {
  const { TableName: name, TableArn: arn } = table;
  const keys = keysOf(table);
  return {
    ...keys,
    place: { name, arn, isIndex: false },
    globals: table.GlobalSecondaryIndexes.map((index) => ({
      ...keysOf(index),
      place: { name: `${name}/${index.IndexName}`, arn: index.IndexArn, isIndex: true },
      attributes: attributesOf(index),
    })),
  };
}

function attributesOf({ KeySchema, Projection }: z.output<typeof globalSchema>): readonly string[] | undefined {
  if (Projection.ProjectionType === 'ALL') return undefined;
  return [...KeySchema.map(({ AttributeName }) => AttributeName), ...Projection.NonKeyAttributes];
}

function keysOf({ KeySchema }: z.output<typeof keyedSchema>): Keys {
  const named = (type: string) => KeySchema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const sortKey = named('RANGE');
  return { partitionKey: named('HASH') ?? '', ...(sortKey === undefined ? {} : { sortKey }) };
}
