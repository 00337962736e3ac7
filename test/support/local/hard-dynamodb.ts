/**
 * A DynamoDB that keeps AWS's limits and has faults on order, in the process of the test: the real engine behind the
 * proxy of `--like-aws`.
 *
 *     const dynamoDb = await startHardDynamoDb();    // at the top of the file; it ends after its tests
 *     const resume = dynamoDb.faults.pause();        // no reply to any request until `resume()`
 *     dynamoDb.faults.throttle(({ operation, body }) => operation === 'UpdateItem' && body.includes('-tasks"'));
 *     dynamoDb.faults.fail(20); dynamoDb.faults.loseReplies(5); dynamoDb.faults.delay(200);
 *     dynamoDb.faults.clear();                       // ends all
 *
 * It has the tables of this test file's prefix, and AWS_ENDPOINT_URL_DYNAMODB names it. So the store and the engine use
 * it, and a system that `startSystem` starts afterwards does, too (which makes its own tables there).
 */
import { afterAll } from '@jest/globals';
import { startDynamoDb } from '#local/aws/dynamodb/dynamodb';
import { type DynamoDbProxy, startProxy } from '#local/aws/dynamodb/proxy/proxy';
import type { Limits } from '#local/aws/dynamodb/proxy/throughput/limits';
import { createTables } from '#local/aws/dynamodb/tables';
import { documents } from '#store/dynamodb/client';
import { TABLES } from '#store/schema';
import { freePorts } from '#test/support/flows/ports';

type Setup = {
  /** Replaces AWS's. */
  readonly limits?: Limits;
  /** The clock by which units refill, in ms. */
  readonly now?: () => number;
  readonly log?: (line: string) => void;
};

/** Starts it. Returns its proxy. */
export async function startHardDynamoDb(setup: Setup = {}): Promise<DynamoDbProxy> {
  const log = () => {};
  const engine = await startDynamoDb({ port: await freePorts(1), log, onLost: log });
  const { LASTCALL_TABLE_PREFIX: prefix = '' } = process.env;
  await createTables({ endpoint: engine.url, prefix, tables: Object.values(TABLES) });
  const proxy = await startProxy({ port: 0, log, ...setup, engineUrl: engine.url });
  process.env.AWS_ENDPOINT_URL_DYNAMODB = proxy.url;
  afterAll(async () => {
    documents().destroy();
    await proxy.close();
    await engine.close();
  });
  return proxy;
}
