/** The timeline of a job reads as a story, and what has ended goes after its time. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { expectReply, Job, readJob, submitJob, untilCount, untilFinal } from './records.ts';
import { type System, startSystem } from './system.ts';

const LIMIT_MS = 60_000;
const HISTORY_DAYS = 7;
const DAY_SECONDS = 24 * 3600;
const Events = z.object({
  items: z.array(z.looseObject({ at: z.iso.datetime(), type: z.string() })),
  cursor: z.string().optional(),
});

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

test(
  'the events of a job tell oldest first who did what, when, from where, why, and what it changed',
  async () => {
    const alice = { token: await system.token('alice', ['BatchUser']) };
    const bob = { token: await system.token('bob', ['BatchJobManager']) };
    const sleep = { handler: 'sleep', input: { seconds: 1.5 } };
    const { jobId } = await submitJob(system, { name: 'month end', hold: true, tasks: [sleep] }, { as: alice });
    const act = (as: { token: string }, [method, path]: [string, string], body?: object) =>
      system.call(method, `/jobs/${jobId}${path}`, { as, ...(body ? { body } : {}) });
    const statuses = [
      await act(alice, ['POST', '/tasks'], { tasks: [sleep, { handler: 'echo' }] }),
      await act(bob, ['PUT', '/priority'], { priority: 'High' }),
      await act(alice, ['POST', '/release']),
    ].map(({ status }) => status);
    expect(statuses).toEqual([201, 200, 200]);
    await untilCount(system, jobId, { Finished: 1, Executing: 2 });
    const cancelled = await act(alice, ['POST', '/cancel'], { reason: 'wrong month' });
    expect(cancelled.status).toBe(202);
    await untilFinal(system, jobId, LIMIT_MS);
    expect((await act(bob, ['POST', '/requeue'], { scope: 'NotFinished' })).status).toBe(200);
    const job = await untilFinal(system, jobId, LIMIT_MS);
    expect(job.run).toBe(2);

    const story = await readStory(jobId);
    const [a, b] = [
      { by: 'alice', from: '127.0.0.1' },
      { by: 'bob', from: '127.0.0.1' },
    ];
    expect(story.map(({ at: _at, ...told }) => told)).toMatchObject([
      { type: 'JobSubmitted', ...a, name: 'month end', tasks: 1 },
      { type: 'TasksAdded', ...a, tasks: 2, taskTotal: 3 },
      { type: 'PriorityChanged', ...b, before: 'Normal', after: 'High' },
      { type: 'JobReleased', ...a },
      { type: 'JobExecuting', serverId: expect.stringMatching(/./), taskId: expect.stringMatching(/./) },
      { type: 'JobCancelling', ...a, reason: 'wrong month' },
      { type: 'JobCancelled' },
      { type: 'JobRequeued', ...b, scope: 'NotFinished', run: 2 },
      { type: 'JobFinished' },
    ]);
    expect(story.map(({ at }) => at)).toEqual(story.map(({ at }) => at).sort());
    expect(story.at(-1)?.at).toBe(job.endedAt);
  },
  LIMIT_MS,
);

test(
  'what has ended is kept for the configured time, its tasks and its events with it, and then is not there any more',
  async () => {
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
  },
  LIMIT_MS,
);

test(
  'an open job has no expiry, and one that runs again loses its own',
  async () => {
    const { jobId } = await submitJob(system, { tasks: [{ handler: 'echo' }, { handler: 'fail' }] });
    await untilFinal(system, jobId, LIMIT_MS);
    expect((await readJob(system, jobId)).status).toBe('Error');
    await expectReply(system, ['POST', `/jobs/${jobId}/requeue`], { body: { scope: 'All' }, schema: Job });
    await untilFinal(system, jobId, LIMIT_MS);
    const held = await submitJob(system, { hold: true, tasks: [{ handler: 'echo' }] });
    expect(await read('jobs', ['jobId', held.jobId])).toEqual([
      expect.not.objectContaining({ expiresAt: expect.anything() }),
    ]);
    expect(await read('jobs', ['jobId', jobId])).toEqual([
      expect.objectContaining({ run: 2, expiresAt: expect.any(Number) }),
    ]);
  },
  LIMIT_MS,
);

/** All events, read in pages of two. */
async function readStory(jobId: string): Promise<z.infer<typeof Events>['items']> {
  const story: z.infer<typeof Events>['items'] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const path = `/jobs/${jobId}/events?limit=2${from}`;
    const page: z.infer<typeof Events> = await expectReply(system, ['GET', path], { schema: Events });
    story.push(...page.items);
    cursor = page.cursor;
  }
  return story;
}

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
