import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { inParallel } from '#store/in-parallel';
import { createJob, moveJob } from '#store/jobs';
import { listJobKeys } from '#store/reads/job-keys';
import { listJobs } from '#store/reads/list-jobs';
import { reserveKey } from '#store/submissions/reservations';
import { startStore } from '#test/support/store/engine';
import { onceWith, submit } from '#test/support/store/trial';
import { queryOf } from '#test/support/store/wire';

const wire = await startStore();

type Filter = Parameters<typeof listJobs>[0];

const template = await submit([{}], { batchGroup: 'none' });

/** Jobs of one group, submitted one after the other; every third one has ended. Ids sort by time. */
async function manyJobs(count: number, batchGroup: string): Promise<string[]> {
  const start = Date.now();
  const ids = Array.from({ length: count }, (_, index) => ulid(start + index));
  await inParallel([...ids.entries()], 16, async ([index, jobId]) => {
    await createJob({ ...template, jobId, batchGroup, batchGroups: [batchGroup] });
    if (index % 3 === 0) await moveJob(jobId, 'finish');
  });
  return ids;
}

async function allPages(filter: Filter, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await listJobs(filter, { cursor, limit });
    expect(page.jobs.length).toBeLessThanOrEqual(limit);
    pages.push(page.jobs.map(({ jobId }) => jobId));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

const jobIds = await manyJobs(450, 'many');
const newestFirst = jobIds.toReversed();

test('Jobs are listed newest first, open and ended ones together', async () => {
  const { jobs, cursor } = await listJobs({ batchGroup: ['many'] }, { limit: 10 });
  expect(jobs.map(({ jobId }) => jobId)).toEqual(newestFirst.slice(0, 10));
  expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(['Waiting', 'Finished']));
  expect(cursor).toBeDefined();
});

test.each([1_000, 450, 200, 199, 7])('Pages of %i jobs are complete and without duplicates', async (limit) => {
  expect((await allPages({ batchGroup: ['many'] }, limit)).flat()).toEqual(newestFirst);
});

test('A page of all jobs has those of each group', async () => {
  expect((await allPages({}, 500)).flat()).toEqual(expect.arrayContaining([...newestFirst, template.jobId]));
});

test('A list of one status has the jobs in it and no others', async () => {
  const finished = jobIds.filter((_, index) => index % 3 === 0).toReversed();
  expect((await allPages({ status: ['Finished'], batchGroup: ['many'] }, 40)).flat()).toEqual(finished);
  const waiting = jobIds.filter((_, index) => index % 3 !== 0).toReversed();
  expect((await allPages({ status: ['Waiting'], batchGroup: ['many'] }, 40)).flat()).toEqual(waiting);
  expect((await allPages({ status: ['Executing'], batchGroup: ['many'] }, 40)).flat()).toEqual([]);
});

test('A list of another group has no jobs of this one', async () => {
  expect((await allPages({ batchGroup: ['empty'] }, 40)).flat()).toEqual([]);
});

test('Jobs that are submitted between pages do not change the next pages', async () => {
  const first = await listJobs({ batchGroup: ['many'] }, { limit: 300 });
  await submit([{}], { batchGroup: 'many', jobId: ulid(Date.now() + 60_000) });
  const rest = await listJobs({ batchGroup: ['many'] }, { limit: 300, cursor: first.cursor });
  expect([...first.jobs, ...rest.jobs].map(({ jobId }) => jobId)).toEqual(newestFirst);
});

test('The keys of one phase are listed newest first, without reserved idempotency keys', async () => {
  await reserveKey({ once: onceWith('k'), jobId: 'reserved' });
  const page = await listJobKeys('Final', { limit: 1_000 });
  const finished = jobIds.filter((_, index) => index % 3 === 0).toReversed();
  expect(page).toMatchObject({ keys: finished.map((jobId) => ({ jobId, status: 'Finished' })), more: false });
});

test('A job that ends between the reads of the two phases is listed once', async () => {
  const { jobId } = await submit([{}], { batchGroup: 'ending' });
  const final = wire.hold(queryOf('byPhase', 'Final'));
  const listed = listJobs({ batchGroup: ['ending'] }, { limit: 10 });
  // A read of the same index that is sent after that of the open jobs shows that theirs is done.
  await final.reached;
  await listJobKeys('Open', { limit: 1 });
  await moveJob(jobId, 'finish');
  final.release();
  expect((await listed).jobs.map((job) => job.jobId)).toEqual([jobId]);
});

test('A job that ends just before the open jobs are read is listed', async () => {
  const { jobId } = await submit([{}], { batchGroup: 'ended' });
  const open = wire.hold(queryOf('byPhase', 'Open'));
  const listed = listJobs({ batchGroup: ['ended'] }, { limit: 10 });
  await open.reached;
  await listJobKeys('Final', { limit: 1 });
  await moveJob(jobId, 'finish');
  open.release();
  expect((await listed).jobs.map((job) => job.jobId)).toEqual([jobId]);
});

test('Jobs are found by a part of their name, their author, their priority and their time, in both orders', async () => {
  const of = { batchGroup: 'found', priority: 'High' } as const;
  const named = async (name: string, more = {}) => (await submit([{}], { ...of, ...more, name })).jobId;
  const ids = [await named('Print invoices'), await named('INVOICES again'), await named('other')];
  const filter = { batchGroup: ['found', 'none'], q: 'invoice', createdBy: ['bob', 'alice'] };
  expect((await allPages(filter, 1)).flat()).toEqual([ids[1], ids[0]]);
  expect((await allPages({ ...filter, order: 'oldest' }, 1)).flat()).toEqual([ids[0], ids[1]]);
  expect((await allPages({ ...filter, priority: ['Low'] }, 10)).flat()).toEqual([]);
  expect((await allPages({ ...filter, createdBy: ['bob'] }, 10)).flat()).toEqual([]);
  const since = new Date(Date.now() + 1_000).toISOString();
  expect((await allPages({ batchGroup: ['found'], since }, 10)).flat()).toEqual([]);
  expect((await allPages({ batchGroup: ['found'], until: since }, 10)).flat()).toHaveLength(3);
});

test('Pages of the oldest jobs first are complete and without duplicates', async () => {
  expect((await allPages({ batchGroup: ['many'], order: 'oldest' }, 70)).flat().slice(0, 450)).toEqual(jobIds);
});
