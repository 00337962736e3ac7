/** The confirmation of a plan: more harm than was confirmed is refused, less goes ahead; one who asks again gets the same abort. */

import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { LOCAL, sfnOf, using } from './aws.ts';
import { cancelJob, readJob, untilFinal } from './records.ts';
import {
  activeServers,
  confirmPlan,
  onlyTask,
  readAbort,
  readPlan,
  runCancelled,
  runTask,
  ServerPlan,
  switchFeature,
  untilEnded,
} from './server-aborts.ts';
import { eventually, type System, startSystem } from './system.ts';

jest.setTimeout(120_000);
let system: System;
beforeAll(async () => {
  system = await startSystem({ args: ['--servers', '1', '--slots', '8', '--heartbeat-seconds', '1'] });
  await switchFeature(system, true);
});
afterAll(async () => void (await system.stop()));

const long = { handler: 'sleep', input: { seconds: 90 } };

test('without a drain period given it is 900 s in the plan and in the workflow', async () => {
  const stuck = await runCancelled(system, { handler: 'sleep', input: { seconds: 3 } });
  expect(await readPlan(system, stuck.jobId)).toMatchObject({ drainSeconds: 900 });
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:abort-job';
  const { definition } = await using(sfnOf(system), (sfn) =>
    sfn.send(new DescribeStateMachineCommand({ stateMachineArn })),
  );
  expect(definition).toMatch(/"TimeoutSeconds": "{% \$max\(\[2, \$min\(\[900, /);
  await untilFinal(system, stuck.jobId, 20_000);
});

test('a bystander that came after the plan is refused with the new plan, and no record changes', async () => {
  const stuck = await runCancelled(system);
  const plan = await readPlan(system, stuck.jobId);
  expect(plan.disruptedJobs).toEqual([]);
  const newcomer = await runTask(system, long, { name: 'newcomer' });
  await readPlan(system, stuck.jobId);
  const before = await eventually(recordsAtRest);
  const reply = await system.call('POST', `/jobs/${stuck.jobId}/abort`, {
    body: { planId: plan.planId, reason: 'now' },
  });
  expect(reply).toMatchObject({ status: 409, body: { code: 'PlanChanged' } });
  const { plan: changed } = z.object({ plan: ServerPlan }).parse(reply.body);
  expect(changed.planId).not.toBe(plan.planId);
  expect(changed.disruptedJobs).toMatchObject([
    { jobId: newcomer.jobId, name: 'newcomer', tasks: [{ fate: 'fails' }] },
  ]);
  expect(await allRecords()).toEqual(before);

  // The new plan can be confirmed as it came. Its bystander has ended by then: less harm than was confirmed.
  await cancelJob(system, newcomer.jobId);
  const other = await runTask(system, { handler: 'sleep', input: { seconds: 1 } });
  const withOther = await readPlan(system, stuck.jobId);
  expect(withOther.disruptedJobs.map(({ jobId }) => jobId)).toContain(other.jobId);
  await untilFinal(system, other.jobId, 20_000);
  const abort = await confirmPlan(system, withOther);
  expect(abort).toMatchObject({ mode: 'server', jobId: stuck.jobId });
  const ended = await untilEnded(system, abort.abortId);
  expect(ended).toMatchObject({ status: 'Completed' });
  expect(await onlyTask(system, newcomer.jobId)).toMatchObject({ status: 'Cancelled', abortId: abort.abortId });
});

test('who asks again while an abort of the job is under way gets that same abort, whatever plan is confirmed', async () => {
  await eventually(async () => (await activeServers(system)).length === 1, { limitMs: 20_000 });
  const bystander = await runTask(system, { handler: 'sleep', input: { seconds: 4 } });
  const stuck = await runCancelled(system);
  const plan = await readPlan(system, stuck.jobId);
  const answers = await Promise.all(Array.from({ length: 5 }, () => confirmPlan(system, plan)));
  const [first] = answers;
  expect(new Set(answers.map(({ abortId }) => abortId)).size).toBe(1);
  const late = await confirmPlan(system, { ...plan, planId: 'another' });
  expect(late.abortId).toBe(first?.abortId);
  const ended = await untilEnded(system, late.abortId);
  expect(ended).toMatchObject({ status: 'Completed', reason: 'it does not end' });
  expect((await onlyTask(system, bystander.jobId)).attempts).toMatchObject([{ outcome: 'Finished' }]);
  expect(await readJob(system, stuck.jobId)).toMatchObject({ status: 'Cancelled', abortId: late.abortId });
  const again = await system.call('POST', `/jobs/${stuck.jobId}/abort`, { body: { planId: plan.planId, reason: 'x' } });
  expect(again).toMatchObject({ status: 409, body: { code: 'WrongStatus' } });
  expect(await readAbort(system, late.abortId)).toMatchObject({ endedAt: ended.endedAt });
});

test('who may not abort reads no plan and confirms none', async () => {
  const stuck = await runCancelled(system, { handler: 'sleep', input: { seconds: 3 } });
  for (const as of ['Reader', 'BatchUser'] as const) {
    const plan = await system.call('GET', `/jobs/${stuck.jobId}/abort-plan`, { as });
    const abort = await system.call('POST', `/jobs/${stuck.jobId}/abort`, { as, body: { planId: 'x', reason: 'y' } });
    expect([plan.status, abort.status]).toEqual([403, 403]);
  }
  expect((await system.call('GET', `/jobs/${stuck.jobId}/abort-plan`, { as: 'BatchJobManager' })).status).toBe(200);
  await untilFinal(system, stuck.jobId, 20_000);
});

/** Every record, once no server looks for tasks of a job any more: the last look takes the job out of their sight. */
async function recordsAtRest(): Promise<Record<string, string[]> | false> {
  const records = await allRecords();
  return !records['lastcall-jobs']?.some((job) => job.includes('dispatchGroup')) && records;
}

/** Every record of every table, without what a heartbeat writes, and without how long a remembered plan is kept. */
async function allRecords(): Promise<Record<string, string[]>> {
  const endpoint = `http://127.0.0.1:${system.port + 1}`;
  return await using(new DynamoDBClient({ endpoint, ...LOCAL }), async (dynamoDb) => {
    const { TableNames = [] } = await dynamoDb.send(new ListTablesCommand());
    const tables = TableNames.map(async (TableName) => {
      const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName, ConsistentRead: true }));
      const records = Items.map((item) => {
        // An order that was heard is taken off with the next beat.
        const { heartbeatAt: _beat, cancelOrders: _heard, lastWrite, ...record } = unmarshall(item);
        const { expiresAt, ...plan } = record;
        return readable(
          'harms' in record ? plan : { ...plan, expiresAt, ...('heartbeatAt' in item ? {} : { lastWrite }) },
        );
      });
      return [TableName, records.sort()] as const;
    });
    return Object.fromEntries(await Promise.all(tables));
  });
}

/** The same text for the same record, in whatever order its parts came. */
function readable(record: object): string {
  return JSON.stringify(record, (_key, value) => {
    if (value instanceof Set) return [...value].sort();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
