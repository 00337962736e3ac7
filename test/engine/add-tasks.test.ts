import { afterEach, expect, jest, test } from '@jest/globals';
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { newTasks } from '#domain/jobs/submission';
import { type TaskRequest, taskRequestSchema } from '#domain/requests';
import { clearAdding } from '#engine/jobs/add-lease';
import { addTasks } from '#engine/jobs/add-tasks';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { completeJob } from '#engine/jobs/complete-job';
import { writeTasks } from '#engine/submissions/write-tasks';
import { listGroups } from '#store/groups';
import { getJob, moveJob, setOnJob } from '#store/jobs';
import { taskCountsOf } from '#store/reads/counting';
import { listTasks } from '#store/reads/list-tasks';
import { createTasks, getTask, pageOfTasks } from '#store/tasks';
import { startFunctions } from '#test/support/functions/functions';
import { letTimePass } from '#test/support/store/clock';
import { cutOff } from '#test/support/store/cut-off';
import { endTimeOfWrites, throttleWrites } from '#test/support/store/task-writes';
import { AUTHOR, submit, tasksLike } from '#test/support/store/trial';
import { type Call, updateOf } from '#test/support/store/wire';

const { wire } = await startFunctions();

const now = new Date().toISOString();
const MINUTE_MS = 60_000;

afterEach(() => void jest.useRealTimers());

function more(names: readonly string[], options: Partial<TaskRequest> = {}): TaskRequest[] {
  return names.map((taskId) => taskRequestSchema.parse({ taskId, handler: 'echo', ...options }));
}

function unnamed(count: number): TaskRequest[] {
  return Array.from({ length: count }, () => taskRequestSchema.parse({ handler: 'echo' }));
}

const held = () => submit([{ taskId: 'first' }], { hold: true });

/** Every task record in the shards that the job now has, counted or not. */
async function allTasks(job: Job) {
  const { shards } = await getJob(job.jobId);
  const pages = Array.from({ length: shards }, (_, shard) =>
    pageOfTasks(shardKey(job.jobId, shard), { limit: 50_000 }),
  );
  return (await Promise.all(pages)).flatMap(({ tasks }) => tasks).sort((a, b) => a.index - b.index);
}

/** The write that makes the job count added tasks: the last one of a request. */
function countingIn({ jobId }: Job) {
  return (call: Call) => updateOf('jobs', jobId)(call) && /SET[^"]*#taskTotal/.test(call.body);
}

test('Added tasks are counted, continue the numbering, and may depend on each other', async () => {
  const job = await held();
  const later = more(['b'], { dependsOn: [{ taskId: 'a', expected: 'Finished' }] });
  const grown = await addTasks(job.jobId, [...more(['a']), ...later], AUTHOR);
  expect(grown).toMatchObject({ taskTotal: 3, hasDependencies: true, status: 'Withhold' });
  expect(grown.addingUntil).toBeUndefined();
  expect((await allTasks(job)).map(({ taskId, index, status }) => [taskId, index, status])).toEqual([
    ['first', 0, 'Ready'],
    ['a', 1, 'Ready'],
    ['b', 2, 'Waiting'],
  ]);
});

test('Tasks are neither counted nor shown before all of a request are added', async () => {
  const job = await submit([{ taskId: 'first' }]);
  const { job: held } = await moveJob(job.jobId, 'hold');
  await createTasks(newTasks(job, more(['a', 'b']), { firstIndex: 1, now }));
  const shown = await taskCountsOf(await getJob(job.jobId));
  expect([held?.status, held?.taskTotal, held?.taskCounts]).toEqual(['Withhold', 1, undefined]);
  expect(Object.values(shown.taskCounts).reduce((sum, count) => sum + count)).toBe(1);
  expect((await listTasks(await getJob(job.jobId), { limit: 10 })).tasks.map(({ taskId }) => taskId)).toEqual([
    'first',
  ]);
  await expect(getTask(await getJob(job.jobId), 'a')).rejects.toMatchObject({ code: 'NotFound' });
});

test('A job grows over shards, and every task is found', async () => {
  const job = await held();
  await addTasks(job.jobId, unnamed(1_500), AUTHOR);
  const grown = await addTasks(job.jobId, [...unnamed(1_500), ...more(['last'])], AUTHOR);
  expect(grown).toMatchObject({ taskTotal: 3_002, shards: 4 });
  const tasks = await allTasks(job);
  expect(tasks.map(({ index }) => index)).toEqual(Array.from({ length: 3_002 }, (_, index) => index));
  expect(await getTask(grown, 'last')).toMatchObject({ index: 3_001 });
});

test('Requests that add at once all succeed, with numbers without gaps or duplicates', async () => {
  const job = await held();
  const adds = Array.from({ length: 6 }, (_, by) => addTasks(job.jobId, more([`a${by}`, `b${by}`, `c${by}`]), AUTHOR));
  await Promise.all(adds);
  expect(await getJob(job.jobId)).toMatchObject({ taskTotal: 19 });
  const tasks = await allTasks(job);
  expect(tasks.map(({ index }) => index)).toEqual(Array.from({ length: 19 }, (_, index) => index));
  expect(new Set(tasks.map(({ taskId }) => taskId)).size).toBe(19);
});

test('Groups of added tasks become known, and servers find the job there after its release', async () => {
  const job = await held();
  const grown = await addTasks(job.jobId, more(['a'], { batchGroup: 'nightly' }), AUTHOR);
  expect(grown.batchGroups).toEqual(['default', 'nightly']);
  expect((await listGroups()).map(({ batchGroup }) => batchGroup)).toContain('nightly');
});

test('An id that the job already has is refused, and nothing is written', async () => {
  const job = await held();
  await expect(addTasks(job.jobId, more(['new', 'first']), AUTHOR)).rejects.toMatchObject({
    code: 'InvalidRequest',
    facts: { taskId: 'first' },
  });
  expect(await getJob(job.jobId)).toEqual(job);
  expect(await allTasks(job)).toHaveLength(1);
});

test('A generated id is refused if the caller chose it for an older task', async () => {
  const job = await submit([{ taskId: 't000002' }], { hold: true });
  await expect(addTasks(job.jobId, unnamed(1), AUTHOR)).rejects.toMatchObject({ code: 'InvalidRequest' });
  expect((await allTasks(job)).map((task) => task.taskId)).toEqual(['t000002']);
});

test('Generated ids are not looked up among the older tasks', async () => {
  const job = await submit([{}], { hold: true });
  const reads: string[] = [];
  const stopListening = wire.onCall(({ operation }) => reads.push(operation));
  await addTasks(job.jobId, unnamed(2), AUTHOR);
  stopListening();
  expect(reads).toContain('BatchExecuteStatement');
  expect(reads).not.toContain('BatchGetItem');
});

test('An invalid request is refused, and the job is free for the next one', async () => {
  const job = await held();
  await expect(addTasks(job.jobId, more(['a', 'a']), AUTHOR)).rejects.toMatchObject({ code: 'InvalidRequest' });
  await expect(
    addTasks(job.jobId, more(['a'], { dependsOn: [{ taskId: 'first', expected: 'Error' }] }), AUTHOR),
  ).rejects.toMatchObject({ code: 'InvalidRequest' });
  expect(await addTasks(job.jobId, more(['a']), AUTHOR)).toMatchObject({ taskTotal: 2 });
});

test('Only a held job takes tasks', async () => {
  const job = await submit();
  await expect(addTasks(job.jobId, more(['a']), AUTHOR)).rejects.toMatchObject({
    code: 'WrongStatus',
    facts: { currentStatus: 'Waiting' },
  });
  await expect(addTasks('none', more(['a']), AUTHOR)).rejects.toMatchObject({ code: 'NotFound' });
});

test('A job that is cancelled while tasks are added takes none of them, and ends', async () => {
  const job = await held();
  const counting = wire.hold(countingIn(job));
  const added = addTasks(job.jobId, more(['a', 'b']), AUTHOR);
  await counting.reached;
  await cancelTasks(await acceptCancel(job.jobId, { by: 'bob', at: now }), Number.POSITIVE_INFINITY);
  counting.release();
  await expect(added).rejects.toMatchObject({ code: 'WrongStatus', facts: { currentStatus: 'Cancelling' } });
  const after = await getJob(job.jobId);
  expect(after.addingUntil).toBeUndefined();
  expect((await allTasks(job)).map(({ taskId }) => taskId)).toEqual(['first']);
  expect(await completeJob(job.jobId, after)).toMatchObject({ status: 'Cancelled', taskCounts: { NotRun: 1 } });
});

test('A job is not free while a request adds tasks, and the tasks written so far stay', async () => {
  const job = await held();
  const counting = wire.hold(countingIn(job));
  const added = addTasks(job.jobId, more(['a']), AUTHOR);
  await counting.reached;
  expect(await clearAdding(await getJob(job.jobId))).toBe(false);
  counting.release();
  expect(await added).toMatchObject({ taskTotal: 2 });
});

test('Tasks of a request that died while adding are removed after its lease', async () => {
  const job = await held();
  const died = wire.hold(countingIn(job));
  const added = addTasks(job.jobId, unnamed(1_200), AUTHOR);
  await died.reached;
  letTimePass(2 * MINUTE_MS);
  expect(await clearAdding(await getJob(job.jobId))).toBe(true);
  expect(await getJob(job.jobId)).toEqual(job);
  expect((await allTasks({ ...job, shards: 2 })).map(({ taskId }) => taskId)).toEqual(['first']);
  expect(await addTasks(job.jobId, more(['a']), AUTHOR)).toMatchObject({ taskTotal: 2 });
  died.release();
  await expect(added).rejects.toMatchObject({ code: 'TooManyRequests' });
  expect((await allTasks(job)).map(({ taskId, index }) => [taskId, index])).toEqual([
    ['first', 0],
    ['a', 1],
  ]);
});

test('A job to which nothing is being added is free', async () => {
  expect(await clearAdding(await held())).toBe(true);
});

test('Counted tasks stay if the reply was lost, even if the next request has come since', async () => {
  const job = await held();
  const lost = wire.loseReply(countingIn(job));
  const again = wire.hold(countingIn(job));
  const first = addTasks(job.jobId, more(['a', 'b']), AUTHOR);
  await lost;
  await again.reached;
  await addTasks(job.jobId, more(['c']), AUTHOR);
  again.release();
  await first;
  expect((await allTasks(job)).map(({ taskId }) => taskId)).toEqual(['first', 'a', 'b', 'c']);
  expect(await getJob(job.jobId)).toMatchObject({ taskTotal: 4 });
});

test('Counted tasks stay if the reply was lost and the job was released since', async () => {
  const job = await held();
  const lost = wire.loseReply(countingIn(job));
  const again = wire.hold(countingIn(job));
  const added = addTasks(job.jobId, more(['a', 'b']), AUTHOR);
  await lost;
  await again.reached;
  await moveJob(job.jobId, 'release', { dispatch: await getJob(job.jobId) });
  again.release();
  await added;
  expect(await allTasks(job)).toHaveLength(3);
});

test('A cleanup does not remove tasks that a slow request makes the job count at the last moment', async () => {
  const job = await held();
  const counting = wire.hold(countingIn(job));
  const added = addTasks(job.jobId, more(['a', 'b']), AUTHOR);
  await counting.reached;
  const seen = await getJob(job.jobId);
  letTimePass(2 * MINUTE_MS);
  const removing = wire.hold(({ operation }) => operation === 'DeleteItem');
  const cleared = clearAdding(seen);
  // A cleanup that fences the slow request first deletes nothing until then, so the request need not go on.
  await Promise.race([removing.reached, cleared]);
  counting.release();
  await added.catch(() => undefined);
  removing.release();
  await cleared;
  const after = await getJob(job.jobId);
  expect(await allTasks(job)).toHaveLength(after.taskTotal);
});

test('A former holder does not release the lease of a job to which another request adds tasks', async () => {
  const job = await held();
  await setOnJob(job.jobId, { addingUntil: '2000-01-01T00:00:00.000Z' }, []);
  const stale = await getJob(job.jobId);
  const counting = wire.hold(countingIn(job));
  const added = addTasks(job.jobId, more(tasksLike(3).map(({ taskId = '' }) => taskId)), AUTHOR);
  await counting.reached;
  await clearAdding(stale);
  counting.release();
  await added.catch(() => undefined);
  expect(await allTasks(job)).toHaveLength((await getJob(job.jobId)).taskTotal);
});

test('A job that was released and held again does not return to counts that may have changed', async () => {
  const job = await held();
  const holding = wire.hold(updateOf('jobs', job.jobId, 'taskTotal'));
  const added = addTasks(job.jobId, more(['a']), AUTHOR);
  await holding.reached;
  await moveJob(job.jobId, 'release', { dispatch: job, remove: ['taskCounts'] });
  await moveJob(job.jobId, 'hold');
  holding.release();
  expect(await added).toMatchObject({ taskTotal: 2 });
  expect((await getJob(job.jobId)).taskCounts).toBeUndefined();
});

test('Wherever an addition dies that has no time to write all its tasks, the job gets all of them or none', async () => {
  const outcomes = new Set<number>();
  for (let index = 1, isCut = true; isCut; index += 1) {
    const job = await held();
    const end = throttleWrites(wire);
    isCut = await cutOff(wire, () => addTasks(job.jobId, unnamed(2), AUTHOR), index);
    end();
    letTimePass(2 * MINUTE_MS);
    await clearAdding(await getJob(job.jobId));
    expect(await writeTasks(job.jobId, Number.POSITIVE_INFINITY)).toBe(true);
    const after = await getJob(job.jobId);
    expect(await allTasks(job)).toHaveLength(after.taskTotal);
    expect(after).toMatchObject({ status: 'Withhold', taskCounts: { Ready: after.taskTotal } });
    outcomes.add(after.taskTotal);
    jest.useRealTimers();
    expect(index).toBeLessThan(60);
  }
  expect(outcomes).toEqual(new Set([1, 3]));
});

test('Tasks that are left to the workflow stay if the reply was lost and others have changed the job since', async () => {
  const job = await held();
  const end = throttleWrites(wire);
  const lost = wire.loseReply(countingIn(job));
  const again = wire.hold(countingIn(job));
  const added = addTasks(job.jobId, unnamed(2), AUTHOR);
  await lost;
  await again.reached;
  end();
  jest.useRealTimers();
  await setOnJob(job.jobId, { priority: 'High' }, []);
  again.release();
  expect(await added).toMatchObject({ taskTotal: 3, unwritten: { partsWritten: 0 } });
});

test('If even the keeping fails, the next request need not wait for the whole lease', async () => {
  const job = await held();
  endTimeOfWrites(wire);
  const busy = wire.refuse(({ body }) => body.includes('-submissions'), 'ProvisionedThroughputExceededException');
  await expect(addTasks(job.jobId, unnamed(425), AUTHOR)).rejects.toMatchObject({
    name: expect.stringMatching(/^(Throttled|OutOfTime)$/),
  });
  busy();
  letTimePass(MINUTE_MS / 2);
  expect(await addTasks(job.jobId, more(['a']), AUTHOR)).toMatchObject({ taskTotal: 2 });
  expect((await allTasks(job)).map(({ taskId }) => taskId)).toEqual(['first', 'a']);
});
