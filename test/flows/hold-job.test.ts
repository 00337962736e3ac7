/** A job does not start while it is held, nor before its start time. */
import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { violationsAtEnd } from '#test/support/flows/invariants';
import {
  cancelJob,
  expectReply,
  jobSchema,
  readJob,
  readTasks,
  submitJob,
  tasksOf,
  untilCount,
  untilFinal,
} from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';

const LIMIT_MS = 60_000;
const ECHO = { handler: 'echo' };
const jobsSchema = z.object({ items: z.array(jobSchema) });

let system: AnySystem;
beforeAll(async () => {
  system = await openSystem();
});

const hold = (jobId: string) => expectReply(system, ['POST', `/jobs/${jobId}/hold`], { schema: jobSchema });
const release = (jobId: string) => expectReply(system, ['POST', `/jobs/${jobId}/release`], { schema: jobSchema });

test('a held job starts nothing until it is released, while others pass it by', async () => {
  const held = await submitJob(system, { hold: true, tasks: tasksOf(3, ECHO) });
  expect(held).toMatchObject({ status: 'Withhold', taskCounts: { Ready: 3 } });
  const other = await submitJob(system, { tasks: tasksOf(3, ECHO) });
  await untilFinal(system, other.jobId, LIMIT_MS);
  expect(await readJob(system, held.jobId)).toMatchObject({ status: 'Withhold', taskCounts: { Ready: 3 } });
  const again = await system.call('POST', `/jobs/${held.jobId}/hold`);
  expect(again).toMatchObject({ status: 409, body: { code: 'WrongStatus', currentStatus: 'Withhold' } });

  const releasedAt = new Date().toISOString();
  expect(await release(held.jobId)).toMatchObject({ status: 'Waiting' });
  const job = await untilFinal(system, held.jobId, LIMIT_MS);
  const tasks = await readTasks(system, held.jobId);
  expect(job.status).toBe('Finished');
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(tasks.filter(({ attempts }) => (attempts[0]?.startedAt ?? '') < releasedAt)).toEqual([]);
});

test('a waiting job can be held, released, held and cancelled; one that executes cannot be held', async () => {
  const { jobId } = await submitJob(system, { batchGroup: 'later', startAt: inSeconds(3_600), tasks: [ECHO] });
  expect((await hold(jobId)).status).toBe('Withhold');
  expect((await release(jobId)).status).toBe('Waiting');
  expect((await hold(jobId)).status).toBe('Withhold');
  await cancelJob(system, jobId);
  expect(await untilFinal(system, jobId, LIMIT_MS)).toMatchObject({ status: 'Cancelled', taskCounts: { NotRun: 1 } });
  for (const act of ['hold', 'release']) {
    const late = await system.call('POST', `/jobs/${jobId}/${act}`);
    expect(late).toMatchObject({ status: 409, body: { code: 'WrongStatus', currentStatus: 'Cancelled' } });
  }
  const running = await submitJob(system, { tasks: [{ handler: 'sleep', input: { seconds: 1 } }] });
  await eventually(async () => (await readJob(system, running.jobId)).status === 'Executing');
  const late = await system.call('POST', `/jobs/${running.jobId}/hold`);
  expect(late).toMatchObject({ status: 409, body: { code: 'WrongStatus' } });
});

test('a job starts at its start time, not before; many jobs for tomorrow do not delay others', async () => {
  const tomorrow = inSeconds(24 * 3_600);
  const later = await Promise.all(
    Array.from({ length: 60 }, () => submitJob(system, { startAt: tomorrow, tasks: [ECHO] })),
  );
  const startAt = inSeconds(3);
  const scheduled = await submitJob(system, { startAt, tasks: tasksOf(5, ECHO) });
  expect(scheduled).toMatchObject({ status: 'Waiting', startAt });
  const now = await submitJob(system, { tasks: tasksOf(5, ECHO) });
  expect(await untilFinal(system, now.jobId, LIMIT_MS)).toMatchObject({ status: 'Finished' });

  const job = await untilFinal(system, scheduled.jobId, LIMIT_MS);
  const tasks = await readTasks(system, scheduled.jobId);
  expect(job).toMatchObject({ status: 'Finished', startAt });
  expect(violationsAtEnd(job, tasks)).toEqual([]);
  expect(tasks.filter(({ attempts }) => (attempts[0]?.startedAt ?? '') < startAt)).toEqual([]);
  const { items } = await expectReply(system, ['GET', '/jobs?status=Waiting&limit=1000'], { schema: jobsSchema });
  const waiting = items.filter(system.isOurs).map(({ jobId }) => jobId);
  expect(waiting.sort()).toEqual(later.map(({ jobId }) => jobId).sort());
});

test('jobs whose tasks all wait for their retries do not delay others', async () => {
  const retrying = await Promise.all(
    Array.from({ length: 60 }, () => submitJob(system, { tasks: [{ handler: 'fail', maxRetries: 20 }] })),
  );
  const last = retrying.at(-1)?.jobId ?? '';
  await untilCount(system, last, { Ready: 1 });
  const { jobId } = await submitJob(system, { tasks: tasksOf(5, ECHO) });
  expect(await untilFinal(system, jobId, LIMIT_MS)).toMatchObject({ status: 'Finished' });
  for (const job of retrying) await cancelJob(system, job.jobId);
});

test('a start time in the past starts at once, and one that is no time is refused', async () => {
  const { jobId } = await submitJob(system, { startAt: '2026-01-01T01:00:00+02:00', tasks: [ECHO] });
  const job = await untilFinal(system, jobId, LIMIT_MS);
  expect(job).toMatchObject({ status: 'Finished', startAt: '2025-12-31T23:00:00.000Z' });
  const refused = await system.call('POST', '/jobs', { body: { name: 'x', startAt: 'tomorrow', tasks: [ECHO] } });
  expect(refused).toMatchObject({ status: 400, body: { code: 'InvalidRequest' } });
});

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
