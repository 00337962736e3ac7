/** An engine for benchmarks, in memory, with its tables, named in the environment as the store expects it. */
import { startDynamoDb } from '#local/aws/dynamodb/dynamodb';
import { createTables } from '#local/aws/dynamodb/tables';
import { TABLES } from '#store/schema';

const PREFIX = 'bench-';

/** Starts it and does the work; it is gone afterwards. What reads the environment is to be imported by the work. */
export async function withEngine<T>(port: number, work: () => Promise<T>): Promise<T> {
  const lost = Promise.withResolvers<never>();
  const engine = await startDynamoDb({ port, log: console.error, onLost: lost.reject });
  try {
    await createTables({ endpoint: engine.url, prefix: PREFIX, tables: Object.values(TABLES) });
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_DYNAMODB: engine.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      LASTCALL_TABLE_PREFIX: PREFIX,
    });
    return await Promise.race([work(), lost.promise]);
  } finally {
    await engine.close();
  }
}
