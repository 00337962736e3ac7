/** The job comes before its tasks: whatever a submission leaves has an owner, and is completed or removed. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { ulid } from 'ulid';
import { keysOfGroup } from '#domain/jobs/dispatch-groups';
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { submitJobSchema } from '#domain/requests';
import { cancelJob } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { completeJob } from '#engine/jobs/complete-job';
import { holdJob } from '#engine/jobs/hold-job';
import { offerJob } from '#engine/jobs/offer-job';
import { releaseJob } from '#engine/jobs/release-job';
import { setPriority } from '#engine/jobs/set-priority';
import { submitJob } from '#engine/jobs/submit-job';
import { reapJobs } from '#engine/reaper/reap-jobs';
import { writeTasks } from '#engine/submissions/write-tasks';
import { jobView } from '#functions/views';
import { queryAll } from '#store/dynamodb/read';
import { findJob, getJob } from '#store/jobs';
import { dispatchedJobs } from '#store/reads/dispatch';
import { boundedWork } from '#test/support/engine/bounded-work';
import { startFunctions } from '#test/support/functions/functions';
import { letTimePass } from '#test/support/store/clock';
import { cutOff } from '#test/support/store/cut-off';
import { endTimeOfWrites, isTaskWrite, throttleWrites } from '#test/support/store/task-writes';
import { AUTHOR, CALLER, onceWith } from '#test/support/store/trial';
import { type Call, updateOf } from '#test/support/store/wire';

const { wire, steps } = await startFunctions();

const MINUTE_MS = 60_000;
const HALF_A_MINUTE_MS = 30_000;
const FOREVER = Number.POSITIVE_INFINITY;
const MAX_REQUESTS = 40;
/** More writes than a request makes at once. */
const MANY_TASKS = 425;
const THROTTLED = 'ProvisionedThroughputExceededException';

afterEach(() => void jest.useRealTimers());

type Submission = { readonly act: () => Promise<Job>; readonly name: string };

function submission(tasks = 2, options: { hold?: boolean; key?: string } = {}): Submission {
  const { key, ...rest } = options;
  const name = `trial ${ulid()}`;
  const request = submitJobSchema.parse({
    name,
    ...rest,
    tasks: Array.from({ length: tasks }, () => ({ handler: 'echo' })),
  });
  const once = key === undefined ? undefined : onceWith(key);
  return { name, act: () => submitJob(request, { ...AUTHOR, at: new Date().toISOString(), once }) };
}

/** The id of the job of this name, as soon as its record is written. */
function idOf(name: string): { readonly now: () => string } {
  let jobId = '';
  wire.onCall(({ body }) => {
    if (body.includes(name)) jobId = /"jobId":\{"S":"(\w{26})"\}/.exec(body)?.[1] ?? jobId;
  });
  return { now: () => jobId };
}

/** Submits a job and holds its first write of tasks. */
async function writing(tasks = 2, options: { hold?: boolean; key?: string } = {}) {
  const { act, name } = submission(tasks, options);
  const id = idOf(name);
  const held = wire.hold(isTaskWrite);
  const submitted = act();
  await held.reached;
  return { job: await getJob(id.now()), submitted, held };
}

/** Submits a job whose request has no time to write all its tasks. */
async function left(tasks = 2, options: { hold?: boolean; key?: string } = {}): Promise<Job> {
  const end = tasks < MANY_TASKS ? throttleWrites(wire) : endTimeOfWrites(wire);
  const job = await submission(tasks, options).act();
  end();
  jest.useRealTimers();
  return job;
}

async function tasksOf({ jobId, shards = 4 }: Pick<Job, 'jobId'> & { shards?: number }) {
  const pages = Array.from({ length: shards }, (_, shard) =>
    queryAll({ table: 'tasks', partition: ['shardId', shardKey(jobId, shard)], consistent: true }),
  );
  return (await Promise.all(pages)).flat();
}

async function isOffered({ jobId }: Job): Promise<boolean> {
  return (await dispatchedJobs(keysOfGroup('default'), 1_000)).jobs.some((job) => job.jobId === jobId);
}

const reap = (publish?: (values: object) => void) =>
  reapJobs(boundedWork, { callMs: MINUTE_MS, jobMs: MINUTE_MS, ...(publish && { publish }) });
const author = () => ({ ...AUTHOR, at: new Date().toISOString() });
const endOfWriting = (jobId: string) => (call: Call) =>
  updateOf('jobs', jobId)(call) && /REMOVE[^"]*#writingUntil/.test(call.body);

test('While its tasks are written, a job is shown as such, and no server sees it', async () => {
  const { job, submitted, held } = await writing();
  expect(await jobView(job, CALLER)).toMatchObject({
    status: 'Waiting',
    writing: { total: 2, until: expect.stringMatching(/Z$/) },
    taskCounts: { Ready: 2 },
  });
  await offerJob(job.jobId);
  expect(await isOffered(job)).toBe(false);
  expect(await completeJob(job.jobId, job)).toBeUndefined();
  held.release();
  expect(await jobView(await submitted, CALLER)).toMatchObject({ taskCounts: { Ready: 2 } });
  expect(await getJob(job.jobId)).not.toHaveProperty('writingUntil');
  expect(await isOffered(job)).toBe(true);
});

test('Wherever a submission dies, its job is complete or nothing of it is left', async () => {
  const counted: object[] = [];
  let removed = 0;
  for (let index = 1, isCut = true; isCut; index += 1) {
    const { act, name } = submission();
    const id = idOf(name);
    isCut = await cutOff(wire, act, index);
    letTimePass(2 * MINUTE_MS);
    const jobId = id.now() || 'none';
    const before = await findJob(jobId);
    await reap((values) => counted.push(values));
    const after = await findJob(jobId);
    if (before && !after) removed += 1;
    expect(after?.writingUntil).toBeUndefined();
    expect(await tasksOf({ jobId })).toHaveLength(after ? 2 : 0);
    if (after) expect(await isOffered(after)).toBe(true);
    jest.useRealTimers();
    expect(index).toBeLessThan(MAX_REQUESTS);
  }
  expect(removed).toBeGreaterThan(1);
  expect(counted).toEqual(Array.from({ length: removed }, () => ({ SubmissionsRemoved: 1 })));
});

test('A request that was away beyond its lease cannot accept a job that is being removed', async () => {
  const { act, name } = submission();
  const id = idOf(name);
  const ending = wire.hold((call) => id.now() !== '' && endOfWriting(id.now())(call));
  const submitted = act();
  await ending.reached;
  letTimePass(2 * MINUTE_MS);
  await reap();
  jest.useRealTimers();
  ending.release();
  await expect(submitted).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await findJob(id.now())).toBeUndefined();
  expect(await tasksOf({ jobId: id.now() })).toEqual([]);
});

test('The reaper leaves a job alone while its request lives', async () => {
  const { job, submitted, held } = await writing();
  await reap();
  held.release();
  await submitted;
  expect(await tasksOf(job)).toHaveLength(2);
});

test('What a request has no time to write, the workflow writes', async () => {
  const job = await left(MANY_TASKS);
  const isIt = (call: { name: string; payload: unknown }) =>
    call.name === 'write-tasks' && Object(call.payload).jobId === job.jobId;
  await steps.until(`write-tasks of ${job.jobId}`, isIt);
  const written = (await tasksOf(job)).length;
  expect(written).toBeLessThan(MANY_TASKS);
  const view = await jobView(job, CALLER);
  expect(view).toMatchObject({ writing: { total: MANY_TASKS }, taskCounts: { Ready: MANY_TASKS } });
  expect(view.writing?.written).toBeLessThanOrEqual(written);
  expect(await isOffered(job)).toBe(false);
  expect(await writeTasks(job.jobId, FOREVER)).toBe(true);
  expect(await tasksOf(job)).toHaveLength(MANY_TASKS);
  expect(await isOffered(job)).toBe(true);
  expect(await jobView(await getJob(job.jobId), CALLER)).toMatchObject({ taskCounts: { Ready: MANY_TASKS } });
});

test('The workflow may die between any two lines, and another execution goes on', async () => {
  for (let index = 1, isCut = true; isCut; index += 1) {
    const job = await left();
    isCut = await cutOff(wire, () => writeTasks(job.jobId, FOREVER), index);
    expect(await writeTasks(job.jobId, FOREVER)).toBe(true);
    expect(await tasksOf(job)).toHaveLength(2);
    expect(await isOffered(job)).toBe(true);
    expect(index).toBeLessThan(MAX_REQUESTS);
  }
});

test('The workflow stops at its deadline, and the next call goes on', async () => {
  const job = await left();
  expect(await writeTasks(job.jobId, Date.now())).toBe(false);
  expect(await writeTasks(job.jobId, FOREVER)).toBe(true);
  expect(await writeTasks(job.jobId, FOREVER)).toBe(true);
});

test('A late execution does not bring back the writing of a job that is complete', async () => {
  const job = await left();
  const late = wire.hold(updateOf('jobs', job.jobId, 'unwritten'));
  const first = writeTasks(job.jobId, FOREVER);
  await late.reached;
  await writeTasks(job.jobId, FOREVER);
  late.release();
  expect(await first).toBe(true);
  expect((await getJob(job.jobId)).writingUntil).toBeUndefined();
});

test('The reaper starts the workflow again when its lease is over', async () => {
  const job = await left();
  letTimePass(20 * MINUTE_MS);
  await reap();
  const calls = () => steps.items.filter(({ payload }) => Object(payload).jobId === job.jobId);
  await steps.until('the second execution', () => calls().length > 1);
  expect((await getJob(job.jobId)).unwritten).toBeDefined();
});

test('If even the keeping fails, the caller hears so early, and the reaper removes what was written', async () => {
  const busy = wire.refuse(({ body }) => body.includes('-submissions'), THROTTLED);
  const { act, name } = submission(MANY_TASKS);
  const id = idOf(name);
  endTimeOfWrites(wire);
  await expect(act()).rejects.toMatchObject({ name: expect.stringMatching(/^(Throttled|OutOfTime)$/) });
  busy();
  expect((await tasksOf({ jobId: id.now() })).length).toBeGreaterThan(0);
  letTimePass(HALF_A_MINUTE_MS);
  await reap();
  expect(await findJob(id.now())).toBeUndefined();
  expect(await tasksOf({ jobId: id.now() })).toEqual([]);
});

test('A cancel while tasks are written counts at once, and all of them end as NotRun', async () => {
  const { job, submitted, held } = await writing();
  expect(await jobView(await cancelJob(job, author()), CALLER)).toMatchObject({
    status: 'Cancelling',
    taskCounts: { NotRun: 2 },
  });
  await reap();
  expect((await getJob(job.jobId)).status).toBe('Cancelling');
  held.release();
  await submitted;
  await isPassed(job);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled', taskCounts: { NotRun: 2 } });
  expect(await isOffered(job)).toBe(false);
});

test('A cancel while the workflow writes counts at once, and all tasks end as NotRun', async () => {
  const job = await left();
  await cancelJob(job, author());
  expect(await writeTasks(job.jobId, FOREVER)).toBe(true);
  await isPassed(job);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Cancelled', taskCounts: { NotRun: 2 } });
});

/** The workflow of the cancel is started, and passes over the job's tasks. */
async function isPassed({ jobId }: Job): Promise<void> {
  const isIt = (call: { name: string; payload: unknown }) =>
    call.name === 'cancel-tasks' && Object(call.payload).jobId === jobId;
  await steps.until(`cancel-tasks of ${jobId}`, isIt);
  await cancelTasks(await getJob(jobId), FOREVER);
}

test('A job can be held and given another priority while its tasks are written, but not released', async () => {
  const { job, submitted, held } = await writing();
  await holdJob(job, author());
  await setPriority(await getJob(job.jobId), 'High', author());
  await expect(releaseJob(await getJob(job.jobId), author())).rejects.toMatchObject({ code: 'TooManyRequests' });
  held.release();
  expect((await submitted).status).toBe('Withhold');
  expect(await isOffered(job)).toBe(false);
  await releaseJob(await getJob(job.jobId), author());
  expect(await isOffered(job)).toBe(true);
});

test('A job submitted with hold stays held when its tasks are written, and keeps its counts', async () => {
  const job = await left(2, { hold: true });
  await writeTasks(job.jobId, FOREVER);
  expect(await getJob(job.jobId)).toMatchObject({ status: 'Withhold', taskCounts: { Ready: 2 } });
  expect(await isOffered(job)).toBe(false);
});

test('A repeat with the same key waits until the job is accepted, and gets it while its tasks are written', async () => {
  const key = ulid();
  const { act, name } = submission(2, { key });
  const id = idOf(name);
  const end = throttleWrites(wire);
  const keeping = wire.hold(({ body }) => body.includes('-submissions'));
  const first = act();
  await keeping.reached;
  end();
  jest.useRealTimers();
  const repeat = act();
  await Promise.race([repeat.then(() => Promise.reject(new Error('It did not wait.'))), looked(key)]);
  keeping.release();
  expect([(await first).jobId, (await repeat).jobId]).toEqual([id.now(), id.now()]);
  expect((await repeat).unwritten).toBeDefined();
});

/** Settles when a request has looked at the reservation of a key twice. */
async function looked(key: string): Promise<void> {
  for (let looks = 0; looks < 2; looks += 1) await wire.carriedOut(updateOf('reservations'));
  expect(key).not.toBe('');
}

test('A repeat after the death of the first request makes the job anew', async () => {
  const key = ulid();
  const { act, name } = submission(2, { key });
  const id = idOf(name);
  await cutOff(wire, act, await indexOfTaskWrite(submission(2, { key: ulid() }).act));
  const dead = id.now();
  letTimePass(2 * MINUTE_MS);
  const job = await act();
  expect(job.jobId).not.toBe(dead);
  await reap();
  expect(await findJob(dead)).toBeUndefined();
  expect(await tasksOf(job)).toHaveLength(2);
});

/** The number of the request in which this act writes tasks. */
async function indexOfTaskWrite(act: () => Promise<unknown>): Promise<number> {
  const calls: Call[] = [];
  const stop = wire.onCall((call) => void calls.push(call));
  await act();
  stop();
  return calls.findIndex(isTaskWrite) + 1;
}
