/** The records: one DynamoDB table for each of `store/schema.ts`. The queue of nudges has the same users. */
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { type IndexSchema, TABLES, type TableName, type TableSchema } from '#store/schema';
import { WrongCatalog } from './errors.ts';
import { namesOf } from './names.ts';
import { Nudges } from './nudges.ts';
import type { Settings } from './settings.ts';

/** The tables are on demand, encrypted, recoverable to any second of 35 days, and protected against deletion. */
export class Records extends Construct {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    for (const name of tableNames()) this.#addTable(name, settings);
    new Nudges(this, 'Nudges', settings);
  }

  #addTable(name: TableName, settings: Settings): void {
    const schema: TableSchema = TABLES[name];
    const keep = settings.removal === 'retain';
    const table = new dynamodb.Table(this, name, {
      tableName: namesOf(settings).table(name),
      ...keysOf(schema),
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      ...insightsOf(settings),
      deletionProtection: keep,
      removalPolicy: keep ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(schema.expiry === undefined ? {} : { timeToLiveAttribute: schema.expiry }),
    });
    for (const index of schema.indexes) addIndex(table, index, settings);
  }
}

/** The names of all tables, typed. */
export function tableNames(): TableName[] {
  const isTable = (name: string): name is TableName => name in TABLES;
  return Object.keys(TABLES).filter(isTable);
}

function insightsOf({ hotKeys }: Settings) {
  const mode = dynamodb.ContributorInsightsMode.THROTTLED_KEYS;
  return hotKeys ? { contributorInsightsSpecification: { enabled: true, mode } } : {};
}

function addIndex(table: dynamodb.Table, { name, kind, includes, ...keys }: IndexSchema, settings: Settings): void {
  const projection =
    includes === undefined
      ? { projectionType: dynamodb.ProjectionType.KEYS_ONLY }
      : { projectionType: dynamodb.ProjectionType.INCLUDE, nonKeyAttributes: [...includes] };
  const { partitionKey, sortKey } = keysOf(keys);
  if (kind === 'global')
    table.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey,
      ...(sortKey && { sortKey }),
      ...projection,
      ...insightsOf(settings),
    });
  else if (sortKey) table.addLocalSecondaryIndex({ indexName: name, sortKey, ...projection });
  else throw new WrongCatalog(`The local index ${name} has no sort key.`);
}

function keysOf({ partitionKey, sortKey }: { partitionKey: string; sortKey?: string }) {
  const attribute = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });
  return {
    partitionKey: attribute(partitionKey),
    ...(sortKey === undefined ? {} : { sortKey: attribute(sortKey) }),
  };
}
