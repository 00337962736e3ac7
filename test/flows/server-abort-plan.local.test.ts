/** The confirmation of a plan by the records: what is refused changes none; and the default drain period. */
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import {
  confirmPlan,
  onlyTask,
  readPlan,
  runCancelled,
  runTask,
  serverPlanSchema,
  switchFeature,
  untilEnded,
} from '#test/support/flows/aborts';
import { LOCAL, sfnOf, using } from '#test/support/flows/aws';
import { makeDirectory } from '#test/support/flows/directory';
import { cancelJob, untilFinal } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const directory = makeDirectory('abort-plan');
let system: System;
beforeAll(async () => {
  system = await startSystem({
    args: ['--servers', '1', '--slots', '3', '--heartbeat-seconds', '1', '--handlers', WITNESS],
  });
  await switchFeature(system, true);
});
afterAll(async () => void (await system.stop()));

const long = { handler: 'sleep', input: { seconds: 600 } };
const heldBy = (file: string) => ({ handler: 'witness', input: { file: join(directory, file), kind: 'held' } });

test('without a drain period given it is 900 s in the plan and in the workflow', async () => {
  const held = heldBy('default');
  const stuck = await runCancelled(system, held);
  expect(await readPlan(system, stuck.jobId)).toMatchObject({ drainSeconds: 900 });
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:abort-job';
  const { definition } = await using(sfnOf(system), (sfn) =>
    sfn.send(new DescribeStateMachineCommand({ stateMachineArn })),
  );
  release(held.input.file);
  expect(definition).toMatch(/"TimeoutSeconds": "{% \$max\(\[2, \$min\(\[900, /);
  await untilFinal(system, stuck.jobId, 20_000);
});

test('a plan without a new bystander is refused with the current plan, and no record changes', async () => {
  const stuck = await runCancelled(system);
  const plan = await readPlan(system, stuck.jobId);
  expect(plan.disruptedJobs).toEqual([]);
  const newcomer = await runTask(system, long, { name: 'newcomer' });
  await eventually(async () => (await readPlan(system, stuck.jobId)).disruptedJobs.length > 0);
  const before = await eventually(() => recordsAtRest(newcomer));
  const reply = await system.call('POST', `/jobs/${stuck.jobId}/abort`, {
    body: { planId: plan.planId, reason: 'now' },
  });
  expect(reply).toMatchObject({ status: 409, body: { code: 'PlanChanged' } });
  const { plan: changed } = z.object({ plan: serverPlanSchema }).parse(reply.body);
  expect(changed.planId).not.toBe(plan.planId);
  expect(changed.disruptedJobs).toMatchObject([
    { jobId: newcomer.jobId, name: 'newcomer', tasks: [{ fate: 'fails' }] },
  ]);
  expect(await allRecords()).toEqual(before);

  // The new plan can be confirmed as it came. Its bystander has ended by then: less harm than was confirmed.
  await cancelJob(system, newcomer.jobId);
  const short = heldBy('short');
  const other = await runTask(system, short);
  // The index of what servers hold may lag.
  const withOther = await eventually(async () => {
    const plan = await readPlan(system, stuck.jobId);
    return plan.disruptedJobs.some(({ jobId }) => jobId === other.jobId) && plan;
  });
  release(short.input.file);
  await untilFinal(system, other.jobId, 20_000);
  const abort = await confirmPlan(system, withOther);
  expect(abort).toMatchObject({ mode: 'server', jobId: stuck.jobId });
  const ended = await untilEnded(system, abort.abortId);
  expect(ended).toMatchObject({ status: 'Completed' });
  expect(await onlyTask(system, newcomer.jobId)).toMatchObject({ status: 'Cancelled', abortId: abort.abortId });
});

/** All records, when what the server reports a little later of the newcomer has come, and nothing waits for a server. */
async function recordsAtRest({ jobId }: { jobId: string }): Promise<Record<string, string[]> | false> {
  const records = await allRecords();
  const has = (table: string, text: string) => records[`lastcall-${table}`]?.some((record) => record.includes(text));
  const hasCome = has('counts', jobId) && has('servers', '"attempts":2') && has('run-times', 'witness');
  return hasCome === true && !has('jobs', 'dispatchGroup') && records;
}

/** Every record of every table, without what a heartbeat writes, and without how long a remembered plan is kept. */
async function allRecords(): Promise<Record<string, string[]>> {
  const endpoint = `http://127.0.0.1:${system.port + 1}`;
  return await using(new DynamoDBClient({ endpoint, ...LOCAL }), async (dynamoDb) => {
    const { TableNames = [] } = await dynamoDb.send(new ListTablesCommand());
    // The reaper keeps its own looks there, whatever anyone does.
    const tables = TableNames.filter((name) => name !== 'lastcall-rounds').map(async (TableName) => {
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

/** The record as text, its fields in order of their names. */
function readable(record: object): string {
  return JSON.stringify(record, (_key, value) => {
    if (value instanceof Set) return [...value].sort();
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
