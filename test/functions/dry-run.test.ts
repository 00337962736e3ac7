import { expect, test } from '@jest/globals';
import { changeGroup } from '#store/groups';
import { startFunctions } from '#test/support/functions/functions';
import { alice, operator, reader, refused } from '#test/support/functions/http';
import { startServer } from '#test/support/store/trial';

const { call, wire } = await startFunctions();
await startServer({ batchGroups: ['day'], handlers: ['echo'] });
await startServer({ batchGroups: ['dusk'], handlers: ['echo'], heartbeatAt: '2026-01-01T00:00:00.000Z' });
await changeGroup('day', { set: { defaultPriority: 'High' } });

const DRY = 'POST /jobs?dryRun=true';
const on = (taskId: string) => [{ taskId, expected: 'Finished' }];
const body = {
  name: 'month end',
  batchGroup: 'day',
  tasks: [
    { taskId: 'load', handler: 'echo', input: { n: 1 } },
    { taskId: 'print', handler: 'ecko', dependsOn: on('load'), maxRetries: 2 },
    { taskId: 'mail', handler: 'echo', batchGroup: 'dusk', dependsOn: on('print') },
    { handler: 'echo' },
  ],
};

test('A dry run fills in the defaults, orders the tasks, and warns of what no live server could run', async () => {
  const reply = await call(DRY, { as: alice, body, claims: { name: 'Alice Adams' } });
  const free = { status: 'Ready', maxRetries: 0, restartable: false, ignoreFailure: false, batchGroup: 'day' };
  expect(reply).toMatchObject({
    status: 200,
    body: {
      dryRun: true,
      name: 'month end',
      status: 'Waiting',
      priority: 'High',
      system: false,
      createdBy: 'alice',
      createdByName: 'Alice Adams',
      taskTotal: 4,
      batchGroups: ['day', 'dusk'],
      tasks: [
        { taskId: 'load', name: 'load', ...free },
        { taskId: 'print', maxRetries: 2, status: 'Waiting', dependencyCondition: 'All' },
        { taskId: 'mail', batchGroup: 'dusk' },
        { taskId: 't000004', name: 't000004', ...free },
      ],
      stages: [['load', 't000004'], ['print'], ['mail']],
      longestChain: ['load', 'print', 'mail'],
      warnings: [
        { for: 'NoServerForHandler', of: 'ecko', tasks: 1, taskIds: ['print'], doNext: expect.any(String) },
        { for: 'NoServerForGroup', of: 'dusk', tasks: 1, taskIds: ['mail'], doNext: expect.any(String) },
      ],
    },
  });
  expect(reply.body).not.toHaveProperty('jobId');
});

test('A dry run writes nothing, and leaves its key to the submission', async () => {
  const writes: string[] = [];
  const stop = wire.onCall(({ operation }) => writes.push(operation));
  const headers = { 'idempotency-key': 'once' };
  expect((await call(DRY, { as: alice, body, headers })).status).toBe(200);
  stop();
  expect(writes.filter((operation) => !/^(Get|BatchGet|Query)/.test(operation))).toEqual([]);
  const submitted = await call('POST /jobs?dryRun=false', { as: alice, headers, body: { ...body, name: 'another' } });
  expect(submitted).toMatchObject({ status: 201, body: { name: 'another' } });
});

test.each([
  ['a role that is too low', reader, body, refused(403, 'Forbidden')],
  ['a system job of a manager', operator, { ...body, system: true }, refused(403, 'Forbidden')],
  ['an unknown field', alice, { ...body, colour: 'red' }, refused(400, 'InvalidRequest')],
  [
    'a cycle',
    alice,
    { ...body, tasks: [{ taskId: 'a', handler: 'echo', dependsOn: on('a') }] },
    refused(400, 'InvalidRequest'),
  ],
  [
    'an input of 100 KB',
    alice,
    { ...body, tasks: [{ handler: 'echo', input: 'i'.repeat(100_000) }] },
    refused(413, 'TooLarge'),
  ],
])('A dry run refuses %s as the submission does', async (_what, as, sent, refusal) => {
  expect(await call(DRY, { as, body: sent })).toMatchObject(refusal);
});

test('A dry run of a held job warns, too, and other words than true and false are refused', async () => {
  const held = await call(DRY, { as: alice, body: { ...body, hold: true } });
  expect(held.body).toMatchObject({ status: 'Withhold', warnings: [{}, {}] });
  expect(await call('POST /jobs?dryRun=yes', { as: alice, body })).toMatchObject(refused(400, 'InvalidRequest'));
});
