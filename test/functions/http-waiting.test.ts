import { expect, test } from '@jest/globals';
import { addRunTimes } from '#store/run-times';
import { startFunctions } from '#test/support/functions/functions';
import { alice, reader, refused } from '#test/support/functions/http';
import { testTouches } from '#test/support/functions/recording';
import { noteOnServer, start, startServer, submit, tasksLike } from '#test/support/store/trial';

const functions = await startFunctions();
const { aside, call } = functions;

const FUTURE = '2100-01-01T00:00:00.000Z';

test('A job says what its tasks wait for, by group and handler', async () => {
  const old = await startServer({ batchGroups: ['day'], handlers: ['echo'] });
  const dead = await startServer({ batchGroups: ['dusk'], heartbeatAt: '2026-01-01T00:00:00.000Z' });
  const { jobId } = await submit([
    { taskId: 'a', batchGroup: 'day' },
    { taskId: 'b', batchGroup: 'day', handler: 'mistyped' },
    { taskId: 'c', batchGroup: 'night' },
    { taskId: 'd', batchGroup: 'dusk' },
    { taskId: 'e', batchGroup: 'day', dependsOn: [{ taskId: 'a', expected: 'Finished' }] },
  ]);
  const reply = await call(`GET /jobs/${jobId}/waiting`, { as: reader });
  expect(reply).toMatchObject({ status: 200 });
  expect(reply.body.items).toEqual(
    [
      { for: 'Turn', of: 'day', taskIds: ['a'] },
      { for: 'NoServerForHandler', of: 'mistyped', taskIds: ['b'] },
      { for: 'NoServerForGroup', of: 'night', taskIds: ['c'] },
      { for: 'NoServerForGroup', of: 'dusk', taskIds: ['d'] },
      { for: 'Dependency', of: 'a', taskIds: ['e'] },
    ].map((item) => expect.objectContaining(item)),
  );
  for (const { serverId } of [old, dead]) await aside(() => noteOnServer(serverId, { status: 'Stopped' }));
});

test('Tasks that wait for a time say until when, also if they are many', async () => {
  const { jobId } = await submit(tasksLike(2_500), { startAt: FUTURE });
  const { items } = (await call(`GET /jobs/${jobId}/waiting`, { as: alice })).body;
  expect(items).toMatchObject([{ for: 'StartTime', until: FUTURE, tasks: 100 }]);
});

test('A job whose slots are taken says by which jobs, and what helps', async () => {
  const server = await startServer({ batchGroups: ['full'], handlers: ['echo'], slots: 2, attempts: 2 });
  const other = await submit([{ taskId: 't1' }, { taskId: 't2' }], { batchGroup: 'full' });
  for (const taskId of ['t1', 't2']) await start(other, taskId, server);
  const { jobId } = await submit([{}], { batchGroup: 'full' });
  const { items } = (await call(`GET /jobs/${jobId}/waiting`, { as: reader })).body;
  expect(items).toMatchObject([
    { for: 'SlotsTaken', of: 'full', takenBy: [{ jobId: other.jobId, tasks: 2 }], verb: 'setPriority' },
  ]);
  await aside(() => noteOnServer(server.serverId, { status: 'Stopped' }));
});

test('One task says what it waits for by itself', async () => {
  const { jobId } = await submit(
    [
      { taskId: 'a' },
      { taskId: 'b', dependsOn: [{ taskId: 'a', expected: 'Finished' }] },
      { taskId: 'c', dependsOn: [{ taskId: 'b', expected: 'Finished' }] },
    ],
    { startAt: FUTURE },
  );
  const waitOf = async (taskId: string) => (await call(`GET /jobs/${jobId}/waiting?taskId=${taskId}`)).body.items;
  expect(await waitOf('a')).toMatchObject([{ for: 'StartTime', until: FUTURE, taskIds: ['a'] }]);
  expect(await waitOf('c')).toMatchObject([{ for: 'Dependency', of: 'b', taskIds: ['c'] }]);
  expect(await call(`GET /jobs/${jobId}/waiting?taskId=none`)).toMatchObject(refused(404, 'NotFound'));
});

test('What a job waits for is not shown without a role, and not found without a job', async () => {
  expect(await call('GET /jobs/none/waiting', { as: reader })).toMatchObject(refused(404, 'NotFound'));
  const guest = { user: 'gus', roles: ['Guest'] as const };
  expect(await call('GET /jobs/none/waiting', { as: guest })).toMatchObject(refused(403, 'Forbidden'));
});

test('The handlers of live servers are listed, with their number and how long they take', async () => {
  await startServer({ handlers: ['echo', 'report.print'] });
  await startServer({ handlers: ['echo'] });
  await startServer({ handlers: ['gone'], status: 'Stopped' });
  await aside(() => addRunTimes('echo', { upTo4: 10 }));
  const { items } = (await call('GET /handlers', { as: reader })).body;
  expect(items).toEqual([
    { name: 'echo', servers: 2, likelySeconds: 4 },
    { name: 'report.print', servers: 1 },
  ]);
});

testTouches(functions, ['list-waiting', 'list-handlers']);
