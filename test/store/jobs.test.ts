import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { keysOfGroup } from '#domain/jobs/dispatch-groups';
import { JOB_MOVES } from '#domain/status-moves';
import { JOB_STATUSES, type JobStatus } from '#domain/statuses';
import { createJob, findJob, getJob, moveJob, setOnJob } from '#store/jobs';
import { dispatchedJobs } from '#store/reads/dispatch';
import { reserveKey } from '#store/submissions/reservations';
import { startStore } from '#test/support/store/engine';
import { onceWith, submit } from '#test/support/store/trial';

await startStore();

const MOVES = Object.entries(JOB_MOVES).flatMap(([move, { from, to }]) =>
  JOB_STATUSES.map((status) => ({ move, status, to, allowed: from.some((each) => each === status) })),
);

/** A job recorded in this status, without the moves to it. */
async function jobIn(status: JobStatus) {
  const job = { ...(await submit()), jobId: ulid(), status };
  await createJob(job);
  return job;
}

async function isDispatched(group: string, jobId: string): Promise<boolean> {
  return (await dispatchedJobs(keysOfGroup(group), 100)).jobs.some((job) => job.jobId === jobId);
}

test('A job is read as it was created', async () => {
  const job = await submit([{ taskId: 'a' }, { batchGroup: 'other' }], {
    name: 'closing',
    priority: 'High',
    batchGroup: 'g1',
  });
  expect(job).toMatchObject({
    name: 'closing',
    status: 'Waiting',
    batchGroup: 'g1',
    batchGroups: ['g1', 'other'],
    priority: 'High',
    taskTotal: 2,
    shards: 1,
    createdBy: 'alice',
  });
  expect(await findJob(job.jobId)).toEqual(job);
});

test('A job that does not exist is NotFound', async () => {
  await expect(getJob('none')).rejects.toMatchObject({ code: 'NotFound', facts: { kind: 'job', id: 'none' } });
  expect(await findJob('none')).toBeUndefined();
});

test('Creating a job again changes nothing', async () => {
  const job = await submit();
  await moveJob(job.jobId, 'start');
  await createJob({ ...job, name: 'other' });
  expect(await getJob(job.jobId)).toEqual({ ...job, status: 'Executing' });
});

test.each(MOVES)('The move $move of a job in $status is made or refused by the moves table', async (row) => {
  const { jobId } = await jobIn(row.status);
  const [move] = Object.keys(JOB_MOVES).filter((name): name is keyof typeof JOB_MOVES => name === row.move);
  if (move === undefined) throw new Error(`There is no move ${row.move}.`);
  const moved = await moveJob(jobId, move, { set: { name: 'moved' } });
  const after = row.allowed ? { status: row.to, name: 'moved' } : { status: row.status, name: 'trial' };
  expect(moved).toMatchObject({ moved: row.allowed, job: after });
  expect(await getJob(jobId)).toMatchObject(after);
});

test('A move of a job that does not exist moves nothing and creates nothing', async () => {
  expect(await moveJob('none', 'start')).toEqual({ moved: false });
  expect(await findJob('none')).toBeUndefined();
});

test('Attributes are set on a job only while its conditions hold', async () => {
  const { jobId } = await submit();
  expect(await setOnJob(jobId, { abortId: 'a1' }, [{ attribute: 'status', in: ['Cancelling'] }])).toBe(false);
  expect(await setOnJob(jobId, { abortId: 'a2' }, [{ attribute: 'status', in: ['Waiting'] }])).toBe(true);
  expect(await getJob(jobId)).toMatchObject({ abortId: 'a2' });
});

test('Servers find a job exactly while it may run', async () => {
  const { jobId } = await submit([{}], { hold: true, batchGroup: 'turns' });
  expect(await isDispatched('turns', jobId)).toBe(false);
  await moveJob(jobId, 'release', { dispatch: await getJob(jobId) });
  expect(await isDispatched('turns', jobId)).toBe(true);
  await moveJob(jobId, 'hold');
  expect(await isDispatched('turns', jobId)).toBe(false);
  await moveJob(jobId, 'release', { dispatch: await getJob(jobId) });
  await moveJob(jobId, 'start');
  expect(await isDispatched('turns', jobId)).toBe(true);
  await moveJob(jobId, 'cancel');
  expect(await isDispatched('turns', jobId)).toBe(false);
  await moveJob(jobId, 'endCancel');
  expect(await isDispatched('turns', jobId)).toBe(false);
});

test.each(['finish', 'fail'] as const)('Servers no longer find a job after the move %s', async (move) => {
  const { jobId } = await submit([{}], { batchGroup: 'ends' });
  await moveJob(jobId, 'start');
  await moveJob(jobId, move);
  expect(await isDispatched('ends', jobId)).toBe(false);
});

test('Servers find the most urgent jobs first, then the older ones, and some of each priority for any limit', async () => {
  const submitted: string[] = [];
  for (const priority of ['Low', 'Normal', 'ReservedCapacity', 'High', 'Critical', 'Normal'] as const)
    submitted.push((await submit([{}], { priority, batchGroup: 'ranks' })).jobId);
  const [low, normal, reserved, high, critical, later] = submitted;
  const found = async (limit: number) =>
    (await dispatchedJobs(keysOfGroup('ranks'), limit)).jobs
      .map(({ jobId }) => jobId)
      .filter((jobId) => submitted.includes(jobId));
  expect(await found(100)).toEqual([reserved, critical, high, normal, later, low]);
  const few = await found(1);
  expect(few.filter((jobId) => jobId !== later)).toEqual([reserved, critical, high, normal, low]);
});

test('The servers of each group that its tasks name find a job, with the fields that they need', async () => {
  const { jobId } = await submit([{ batchGroup: 'x' }, { batchGroup: 'y' }]);
  for (const group of ['x', 'y', 'z']) {
    const found = (await dispatchedJobs(keysOfGroup(group), 100)).jobs.find((job) => job.jobId === jobId);
    expect(found).toMatchObject({ shards: 1, batchGroups: ['x', 'y'] });
  }
});

test('A reserved idempotency key is not a job', async () => {
  await reserveKey({ once: onceWith('k'), jobId: 'reserved' });
  expect(await findJob('reserved')).toBeUndefined();
});
