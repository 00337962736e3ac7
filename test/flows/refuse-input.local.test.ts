import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  expectGatewayProblem,
  expectProblem,
  GATEWAY_ROWS,
  ROWS,
  sendTo,
  submitNamed,
} from '#test/support/flows/refused';
import { type System, startSystem } from '#test/support/flows/system';

let system: System;
let records: DynamoDBClient;
/** A job in Withhold, one that is Cancelled, and what stands in for them in the paths below. */
let ids: Record<string, string>;
beforeAll(async () => {
  // Without servers and heartbeats nothing but the calls below can change a record.
  system = await startSystem({ args: ['--servers', '0', '--heartbeat-seconds', '60'] });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  records = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${system.port + 1}`,
    region: 'us-east-1',
    credentials,
  });
  ids = await submitNamed(system);
});
afterAll(async () => {
  records.destroy();
  await system.stop();
});

/** All records of all tables, without the mark that each guarded write leaves. */
async function allRecords(): Promise<unknown> {
  const { TableNames = [] } = await records.send(new ListTablesCommand());
  const tables = await Promise.all(
    TableNames.map(async (TableName) => {
      const { Items = [] } = await records.send(new ScanCommand({ TableName, ConsistentRead: true }));
      return [TableName, Items.map((item) => ({ ...unmarshall(item), lastWrite: undefined }))];
    }),
  );
  return Object.fromEntries(tables);
}

describe('is refused with a problem of a stable code, and changes nothing', () => {
  let before: unknown;
  beforeAll(async () => {
    before = await allRecords();
  });

  test.each(ROWS)('%s', async (_what, call, sent, answer) => {
    expectProblem(await sendTo(system, [call, sent], ids), answer);
  });

  test.each(GATEWAY_ROWS)('%s', async (_what, call, sent, answer) => {
    expectGatewayProblem(await sendTo(system, [call, sent], ids), answer);
  });

  afterAll(async () => {
    expect(await allRecords()).toEqual(before);
  });
});
