/**
 * The engine of one test file: a real DynamoDB in memory with all tables, behind a wire that can lose replies. It sets
 * the environment that the store reads at first use.
 */
import { afterAll } from '@jest/globals';
import { startDynamoDb } from '#local/aws/dynamodb/dynamodb';
import { createTables } from '#local/aws/dynamodb/tables';
import { documents } from '#store/dynamodb/client';
import { TABLES } from '#store/schema';
import { freePorts } from '#test/support/flows/ports';
import { openWire, type Wire } from './wire.ts';

/** Another engine for all files, which `npm run test:other-engines` has started; each file has a prefix of its own. */
const { LASTCALL_TEST_ENGINE: url } = process.env;
const OTHER_ENGINE = url === undefined ? undefined : { url, close: async () => undefined };

/** Starts the engine, and stops it after the file's tests. Returns the wire between the store and it. */
export async function startStore(): Promise<Wire> {
  const lost: Error[] = [];
  const engine = OTHER_ENGINE ?? (await startOwn((error) => lost.push(error)));
  const { LASTCALL_TABLE_PREFIX: prefix = '' } = process.env;
  await createTables({ endpoint: engine.url, prefix, tables: Object.values(TABLES) });
  const wire = await openWire(engine.url);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = wire.url;
  afterAll(async () => {
    documents().destroy();
    await wire.close();
    await engine.close();
    if (lost[0]) throw lost[0];
  });
  return wire;
}

async function startOwn(onLost: (error: Error) => void): Promise<{ url: string; close(): Promise<void> }> {
  return await startDynamoDb({ port: await freePorts(1), log: () => {}, onLost });
}
