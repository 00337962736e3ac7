/** What has ended goes after its time. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { expectReply, jobSchema, readJob, submitJob, untilFinal } from '#test/support/flows/records';
import { type System, startSystem } from '#test/support/flows/system';

const LIMIT_MS = 60_000;
const HISTORY_DAYS = 7;
const DAY_SECONDS = 24 * 3600;

let system: System;
let records: DynamoDBDocumentClient;
beforeAll(async () => {
  system = await startSystem({ args: ['--servers', '1', '--history-days', String(HISTORY_DAYS)] });
  const local = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  records = DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...local, endpoint: `http://127.0.0.1:${system.port + 1}` }),
  );
});
afterAll(async () => {
  records.destroy();
  await system.stop();
});

test('what has ended is kept for the configured time, its tasks and its events with it, and then is not there any more', async () => {
  const tasks = [{ handler: 'echo' }, { handler: 'fail' }];
  const { jobId } = await submitJob(system, { batchGroup: 'old', tasks });
  const { endedAt = '' } = await untilFinal(system, jobId, LIMIT_MS);
  const until = Date.parse(endedAt) / 1000 + HISTORY_DAYS * DAY_SECONDS;
  const kept = [...(await read('jobs', ['jobId', jobId])), ...(await read('events', ['jobId', jobId]))];
  expect(kept.length).toBeGreaterThanOrEqual(1 + 2);
  // Records go within the hour in which their job goes: events of a short job are hardly older than its end.
  expect(kept.filter(({ expiresAt }) => Math.abs(Number(expiresAt) - until) > 3_600)).toEqual([]);
  // Of the tasks nothing is seen without the job. Their records stay longer, for a job that goes on.
  const ended = await read('tasks', ['shardId', `${jobId}#0`]);
  expect(ended.map(({ expiresAt }) => Math.round((Number(expiresAt) - until) / DAY_SECONDS))).toEqual([30, 30]);

  // Its time is over; the engine, as DynamoDB for some time, has not taken it away yet.
  await expire(jobId);
  for (const path of ['', '/tasks', '/tasks/t000001', '/events']) {
    const gone = await system.call('GET', `/jobs/${jobId}${path}`);
    expect([path, gone.status]).toEqual([path, 404]);
  }
  expect((await system.call('POST', `/jobs/${jobId}/requeue`)).status).toBe(404);
  expect((await system.call('GET', '/jobs?batchGroup=old')).body).toMatchObject({ items: [] });
});

test('an open job has no expiry, and one that runs again loses its own', async () => {
  const { jobId } = await submitJob(system, { tasks: [{ handler: 'echo' }, { handler: 'fail' }] });
  await untilFinal(system, jobId, LIMIT_MS);
  expect((await readJob(system, jobId)).status).toBe('Error');
  await expectReply(system, ['POST', `/jobs/${jobId}/requeue`], { body: { scope: 'All' }, schema: jobSchema });
  await untilFinal(system, jobId, LIMIT_MS);
  const held = await submitJob(system, { hold: true, tasks: [{ handler: 'echo' }] });
  expect(await read('jobs', ['jobId', held.jobId])).toEqual([
    expect.not.objectContaining({ expiresAt: expect.anything() }),
  ]);
  expect(await read('jobs', ['jobId', jobId])).toEqual([
    expect.objectContaining({ run: 2, expiresAt: expect.any(Number) }),
  ]);
});

/** The records under a key, as the engine keeps them. */
async function read(table: string, [attribute, value]: [string, string]): Promise<Record<string, unknown>[]> {
  const reply = await records.send(
    new QueryCommand({
      TableName: `lastcall-${table}`,
      KeyConditionExpression: '#k = :v',
      ExpressionAttributeNames: { '#k': attribute },
      ExpressionAttributeValues: { ':v': value },
    }),
  );
  return reply.Items ?? [];
}

async function expire(jobId: string): Promise<void> {
  await records.send(
    new UpdateCommand({
      TableName: 'lastcall-jobs',
      Key: { jobId },
      UpdateExpression: 'SET expiresAt = :past',
      ExpressionAttributeValues: { ':past': Math.floor(Date.now() / 1000) - 1 },
    }),
  );
}
