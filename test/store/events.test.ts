import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { queryAll } from '#store/dynamodb/read';
import { keepEvents, listEvents, putEvent } from '#store/events';
import { startStore } from '#test/support/store/engine';
import { submit } from '#test/support/store/trial';

await startStore();

const at = '2026-01-01T10:00:00.000Z';
const stopped = (taskId: string) =>
  ({ at, type: 'TaskStopped', taskId, attempt: 1, serverId: 's', cause: 'TaskAbort' }) as const;
const submitted = { type: 'JobSubmitted', by: 'alice', name: 'trial', tasks: 1 } as const;

test('An event is read as it was written', async () => {
  const job = await submit();
  const { jobId } = job;
  const event = { at, type: 'JobCancelling', by: 'alice', reason: 'wrong month' } as const;
  await putEvent(jobId, event);
  expect(await listEvents(job, { limit: 10 })).toEqual({ events: [event] });
});

test('An event that is written again, also several times at once, stays one event, the first', async () => {
  const job = await submit();
  const { jobId } = job;
  await putEvent(jobId, { at, type: 'JobCancelling', by: 'alice' });
  await Promise.all([1, 2, 3].map(() => putEvent(jobId, { at, type: 'JobCancelling', by: 'bob' })));
  expect((await listEvents(job, { limit: 10 })).events).toEqual([{ at, type: 'JobCancelling', by: 'alice' }]);
});

test('Events of one moment differ by their type and key', async () => {
  const job = await submit();
  const { jobId } = job;
  await putEvent(jobId, stopped('a'));
  await putEvent(jobId, stopped('b'));
  await putEvent(jobId, { at, type: 'JobCancelled' });
  expect((await listEvents(job, { limit: 10 })).events).toHaveLength(3);
});

test('Events are listed oldest first, page by page, and only those of one job', async () => {
  const job = await submit();
  const { jobId } = job;
  const times = Array.from({ length: 25 }, (_, index) => new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString());
  await Promise.all(times.toReversed().map((time) => putEvent(jobId, { ...submitted, at: time })));
  await putEvent(ulid(), { ...submitted, at });
  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await listEvents(job, { after, limit: 10 });
    found.push(...page.events.map((event) => event.at));
    after = page.cursor;
  } while (after !== undefined);
  expect(found).toEqual(times);
});

test('Events that would expire long before their job are kept as long as the job, others stay as they are', async () => {
  const jobId = 'kept-events';
  await putEvent(jobId, { ...submitted, at: '2020-01-01T00:00:00.000Z' });
  await putEvent(jobId, { at: new Date().toISOString(), type: 'JobFinished' });
  const expiries = async () =>
    (await queryAll({ table: 'events', partition: ['jobId', jobId] })).map(({ expiresAt }) => Number(expiresAt));
  const [early = 0, late = 0] = await expiries();
  expect(early).toBeLessThan(late);
  await keepEvents(jobId, late + 60);
  await keepEvents(jobId, late + 60);
  expect(await expiries()).toEqual([late + 60, late]);
});

test('A page of events has at most limit items', async () => {
  const job = await submit();
  for (const at of ['2030-01-01T00:00:00.000Z', '2030-01-02T00:00:00.000Z', '2030-01-09T00:00:00.000Z'])
    await putEvent(job.jobId, { type: 'JobSubmitted', by: 'a', at, name: 'n', tasks: 1 });
  const shown = {
    ...job,
    status: 'Cancelled',
    endedAt: '2030-01-01T03:00:00.000Z',
    startedAt: '2030-01-01T01:00:00.000Z',
    cancel: { requestedBy: 'a', requestedAt: '2030-01-01T02:00:00.000Z' },
  } as const;
  const { events, cursor } = await listEvents(shown, { limit: 2 });
  expect(events).toHaveLength(2);
  const rest = await listEvents(shown, { after: cursor, limit: 10 });
  expect([...events, ...rest.events].map(({ at }) => at)).toEqual(
    [...events, ...rest.events].map(({ at }) => at).sort(),
  );
  expect(rest.events).toHaveLength(4);
});
