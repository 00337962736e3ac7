import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type DynamoDb, startDynamoDb } from '#local/aws/dynamodb/dynamodb';
import { ENGINE_VERSION, findEngine } from '#local/aws/dynamodb/find-engine';
import { createTables } from '#local/aws/dynamodb/tables';
import packageFile from '#package' with { type: 'json' };
import { TABLES } from '#store/schema';
import { freePorts } from '#test/support/flows/ports';
import { eventually } from '#test/support/flows/system';

let port: number;
let directory: string;
let lines: string[];
const closing: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  port = await freePorts(1);
  directory = mkdtempSync(join(tmpdir(), 'dynamodb-'));
  lines = [];
  closing.push(() => rmSync(directory, { recursive: true }));
});
afterEach(async () => {
  for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
});

async function start(setup: { file?: string; onLost?: (error: Error) => void } = {}): Promise<DynamoDb> {
  const log = (line: string) => void lines.push(line);
  const dynamoDb = await startDynamoDb({ port, log, onLost: (error) => lines.push(error.message), ...setup });
  closing.push(() => dynamoDb.close());
  return dynamoDb;
}

function clientOf({ url }: Pick<DynamoDb, 'url'>): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 });
  closing.push(() => client.destroy());
  return client;
}

/** The engines that listen on the test's port, by their command lines. */
function enginePids(): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const isOurs = (pid: string) => {
    const [program = '', ...args] = commandLine(pid);
    return program.endsWith('/dynoxide') && args.includes(String(port));
  };
  return pids.filter(isOurs).map(Number);
}

function commandLine(pid: string): string[] {
  return existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') : [];
}

const tables = Object.values(TABLES);

test('all tables are created with keys, indexes and expiry, and a second creation changes nothing', async () => {
  const { url } = await start();
  await createTables({ endpoint: url, prefix: 'lastcall-', tables });
  await createTables({ endpoint: url, prefix: 'lastcall-', tables });
  const client = clientOf({ url });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  expect(TableNames).toEqual(tables.map(({ name }) => `lastcall-${name}`).sort());
  const { Table } = await client.send(new DescribeTableCommand({ TableName: 'lastcall-tasks' }));
  expect(Table?.LocalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual(['byOpen', 'byReady']);
  const expiry = await client.send(new DescribeTimeToLiveCommand({ TableName: 'lastcall-tasks' }));
  expect(expiry.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
});

test('a table with other keys is refused, and the error names it', async () => {
  const { url } = await start();
  await clientOf({ url }).send(
    new CreateTableCommand({
      TableName: 'lastcall-jobs',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'somethingElse', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'somethingElse', KeyType: 'HASH' }],
    }),
  );
  const refusal = createTables({ endpoint: url, prefix: 'lastcall-', tables });
  await expect(refusal).rejects.toThrow(/lastcall-jobs exists with other keys or indexes \(somethingElse\)/);
});

test('records survive the death of the engine and a restart of the host', async () => {
  const file = join(directory, 'records.db');
  const first = await start({ file });
  await createTables({ endpoint: first.url, prefix: 'lastcall-', tables });
  const client = clientOf(first);
  const Item = { name: { S: 'kept' } };
  await client.send(new PutItemCommand({ TableName: 'lastcall-features', Item }));
  const [pid = 0] = enginePids();
  process.kill(pid, 'SIGKILL');
  const read = () =>
    client.send(new GetItemCommand({ TableName: 'lastcall-features', Key: Item, ConsistentRead: true }));
  await eventually(async () => enginePids().some((other) => other !== pid) && (await read()).Item !== undefined);
  expect(lines).toContain('DynamoDB ended with exit code 137: starting it again');
  await first.close();
  expect(enginePids()).toEqual([]);
  await start({ file });
  expect((await read()).Item).toEqual(Item);
});

test('an engine that keeps dying is reported lost after five restarts', async () => {
  const lost = Promise.withResolvers<Error>();
  await start({ file: join(directory, 'records.db'), onLost: lost.resolve });
  // By id: on a busy machine a killed engine can be seen twice.
  const killed = new Set<number>();
  const killing = eventually(
    () => {
      for (const pid of enginePids()) {
        process.kill(pid, 'SIGKILL');
        killed.add(pid);
      }
      return killed.size >= 6;
    },
    { limitMs: 20_000 },
  );
  expect((await lost.promise).message).toMatch(/6th time in a row/);
  await killing;
});

test('an engine in memory is reported lost when it dies, because its records are gone', async () => {
  const lost = Promise.withResolvers<Error>();
  await start({ onLost: lost.resolve });
  for (const pid of enginePids()) process.kill(pid, 'SIGKILL');
  expect((await lost.promise).message).toMatch(/records were in memory/);
  expect(enginePids()).toEqual([]);
});

test('an engine that cannot start fails with its own words', async () => {
  const file = join(directory, 'no', 'such', 'directory', 'records.db');
  await expect(start({ file })).rejects.toThrow(/unable to open database file/);
  expect(enginePids()).toEqual([]);
});

test('where the engine is not installed, the error names the one command that installs it', () => {
  expect(() => findEngine({ platform: 'darwin', arch: 'arm64' })).toThrow(
    `run "npm install --no-save @dynoxide/darwin-arm64@${ENGINE_VERSION}"`,
  );
  const engines = Object.entries(packageFile.optionalDependencies).filter(([name]) => name.startsWith('@dynoxide/'));
  expect(engines.map(([, version]) => version)).toEqual([ENGINE_VERSION]);
});

test('where there is no such engine, the error names another', () => {
  expect(() => findEngine({ platform: 'freebsd', arch: 'x64' })).toThrow(
    /DynamoDB Local, and set AWS_ENDPOINT_URL_DYN/,
  );
});

test('the engine and its guard end when the host is killed with -9', async () => {
  const program = `
    import { startDynamoDb } from '#local/aws/dynamodb/dynamodb';
    await startDynamoDb({ port: ${port}, log: () => {}, onLost: () => {} });
    console.log('started');
  `;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
  const host = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(host.stdout, 'data');
  expect(enginePids()).toHaveLength(1);
  host.kill('SIGKILL');
  await once(host, 'exit');
  await eventually(() => enginePids().length === 0);
  await eventually(() => guardCount() === 0);
});

test('the engine ends when its guard is killed, and is reported lost', async () => {
  const lost = Promise.withResolvers<Error>();
  await start({ onLost: lost.resolve });
  const parent = execFileSync('ps', ['-o', 'ppid=', '-p', String(enginePids()[0])], { encoding: 'utf8' });
  process.kill(Number(parent), 'SIGKILL');
  expect((await lost.promise).message).toMatch(/was killed with SIGKILL/);
  await eventually(() => enginePids().length === 0 && guardCount() === 0);
});

function guardCount(): number {
  const isGuard = (pid: string) => {
    const [program = '', ...args] = commandLine(pid);
    return program === '/bin/sh' && args.includes(String(port));
  };
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isGuard(name)).length;
}
