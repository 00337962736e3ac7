/** Which claimed tasks the claim loop starts and which it gives back, with a real store and a real executor. */
import { randomBytes } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, expect, jest, test } from '@jest/globals';
import type { Job } from '#domain/jobs/job';
import { MAX_ERROR_CHARACTERS, UNKNOWN_HANDLER_HEARTBEATS } from '#domain/limits';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { releaseJob } from '#engine/jobs/release-job';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { requeueTasks } from '#engine/jobs/requeue-tasks';
import { claimTask } from '#engine/tasks/claim-task';
import { Attempts } from '#server/attempts/attempts';
import { ClaimLoop } from '#server/claiming/claim-loop';
import { Nudges } from '#server/claiming/nudges';
import { Candidates } from '#server/claiming/search/candidates';
import { Executor } from '#server/execution/executor';
import { documents, tableName } from '#store/dynamodb/client';
import { getJob, moveJob } from '#store/jobs';
import { getTask, readyTaskKeys } from '#store/tasks';
import { eventually } from '#test/support/flows/system';
import { quietAttempts } from '#test/support/server/attempts';
import { startStore } from '#test/support/store/engine';
import { spoil } from '#test/support/store/malformed';
import { recordedStatuses, startServer, submit, tasksLike } from '#test/support/store/trial';
import { batchOf, type Call, updateOf } from '#test/support/store/wire';

const wire = await startStore();
const MOST_SLOTS = 2;
/** That of all servers here, one after the other. */
const executor = await Executor.open({ slots: MOST_SLOTS, log: () => {} });
afterAll(() => executor.close());

const PATIENCE = { limitMs: 20_000 };
const now = new Date().toISOString();
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Starts a server, with one slot if no other number is named, that claims until the end of the test. */
async function serve(
  candidates: Pick<Candidates, 'find' | 'avoid' | 'leave' | 'putOff' | 'lose' | 'quietMs'> = new Candidates([
    'default',
  ]),
  { protect = async () => true, heartbeatMs = 10_000, slots = 1, reservedSlots = 0 } = {},
) {
  const { serverId } = await startServer({ handlers: executor.handlerNames });
  const end = new AbortController();
  const attempts = new Attempts({
    executor,
    serverEnd: end.signal,
    onSlotFree: (tookMs) => loop.slotFree(tookMs),
    onFinished() {},
    onRecorded() {},
    isClaimed: (jobId) => loop.hasClaimed(jobId),
  });
  const loop = new ClaimLoop({
    serverId,
    heartbeatMs,
    candidates,
    nudges: new Nudges({ batchGroups: ['default'], mayClaim: () => true, onNudge: () => loop.wake() }),
    handlers: executor.handlerNames,
    attempts,
    slots,
    serverEnd: end.signal,
    reservedSlots,
    freeSlots: () => executor.freeSlots - (MOST_SLOTS - slots),
    mayStart: () => true,
    protect,
  });
  loop.start();
  ends.push(async () => {
    await loop.stop();
    attempts.stopAll({ cause: 'ServerStopped' });
    await attempts.allRecorded(PATIENCE.limitMs);
    end.abort();
  });
  return { serverId, loop, attempts };
}

test.each([
  ['alone', 1, updateOf],
  ['with others', 2, batchOf],
] as const)(
  'A claim whose request fails claims nothing later, and its task runs: claimed %s',
  async (_how, slots, writeOf) => {
    const job = await submit(tasksLike(slots), { batchGroup: `late${slots}` });
    const before = await keysOf(job);
    const claiming = writeOf('tasks', `${job.jobId}#0`, 'Executing');
    const late = wire.delay(claiming);
    await serve(new Candidates([`late${slots}`]), { slots });
    await late.reached;
    const accept = wire.refuse(claiming, 'AccessDeniedException');
    await eventually(async () => (await keysOf(job)).every((key) => !before.includes(key)), PATIENCE);
    await late.release();
    expect(await recordedStatuses(job, 't1')).toEqual(['Ready']);
    accept();
    await eventually(async () => (await getJob(job.jobId)).status === 'Finished', PATIENCE);
    expect(await getTask(job, 't1')).toMatchObject({ attempt: 1 });
  },
);

async function keysOf({ jobId, batchGroup }: Job): Promise<unknown[]> {
  const keys = await readyTaskKeys(`${jobId}#0`, { batchGroup, now, limit: 10 });
  return keys.map(({ readyKey }) => readyKey);
}

test.each(['UpdateItem', 'BatchGetItem'])(
  'A claim that was made although a request failed is given back, and its task runs: %s',
  async (operation) => {
    const job = await submit([{ taskId: 'a' }], { batchGroup: operation });
    const isOfClaim = (call: Call) => call.operation === operation && /-(tasks|servers)"/.test(call.body);
    const lost = wire.loseReply(isOfClaim);
    await serve(new Candidates([operation]));
    await lost;
    const accept = wire.refuse(isOfClaim, 'AccessDeniedException');
    await nextCall(isOfClaim);
    accept();
    await eventually(async () => (await getJob(job.jobId)).status === 'Finished', PATIENCE);
    expect(await getTask(job, 'a')).toMatchObject({ attempt: 1 });
  },
);

test('A server that stops gives back a claim whose outcome it does not know', async () => {
  const job = await submit([{ taskId: 'a' }], { batchGroup: 'leaving' });
  const isOfClaim = updateOf('tasks', `${job.jobId}#0`, 'a');
  const lost = wire.loseReply(isOfClaim);
  const { loop } = await serve(new Candidates(['leaving']));
  await lost;
  const accept = wire.refuse(isOfClaim, 'AccessDeniedException');
  await nextCall(isOfClaim);
  const stopped = loop.stop();
  await nextCall(isOfClaim);
  accept();
  await stopped;
  expect(await recordedStatuses(job, 'a')).toEqual(['Ready']);
});

/** Settles with the next call that matches. */
async function nextCall(matches: (call: Call) => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = wire.onCall((call) => matches(call) && resolve());
  await promise;
  stop();
}

test('A free slot is filled while an earlier claim is still under way', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }, { taskId: 'c' }], { batchGroup: 'lanes' });
  const keys = await Promise.all(['a', 'b', 'c'].map((taskId) => getTask(job, taskId)));
  const held = wire.hold(updateOf('tasks', `${job.jobId}#0`, 'a'));
  const find = async () => keys.splice(0, 1);
  await serve({ find, avoid() {}, leave() {}, putOff() {}, async lose() {}, quietMs: 0 }, { slots: 2 });
  await held.reached;
  await eventually(async () => (await recordedStatuses(job, 'c'))[0] === 'Finished', PATIENCE);
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['Ready', 'Finished']);
  held.release();
  await eventually(async () => (await recordedStatuses(job, 'a'))[0] === 'Finished', PATIENCE);
});

test('A server whose attempts are short claims ahead of a free slot', async () => {
  const { loop, asked } = await serveOneLongTask({ reservedSlots: 0 });
  const before = asked();
  loop.slotFree(1);
  await eventually(() => asked() > before, PATIENCE);
});

test('A server with reserved slots claims nothing ahead', async () => {
  const { loop, job, asked } = await serveOneLongTask({ reservedSlots: 1 });
  const before = asked();
  loop.slotFree(1);
  // Time enough for a loop that looks.
  for (let read = 0; read < 10; read += 1) await recordedStatuses(job, 'long');
  expect(asked()).toBe(before);
});

/** A server whose only slot is taken. `asked`: how often it has looked for tasks. */
async function serveOneLongTask(given: { readonly reservedSlots: number }) {
  const job = await submit([{ taskId: 'long', handler: 'sleep', input: { seconds: 600 } }]);
  const keys = [await getTask(job, 'long')];
  let asked = 0;
  const find = async () => {
    asked += 1;
    return keys.splice(0);
  };
  const { loop, attempts } = await serve(
    { find, avoid() {}, leave() {}, putOff() {}, async lose() {}, quietMs: 0 },
    given,
  );
  await eventually(() => attempts.count === 1, PATIENCE);
  ends.unshift(() => acceptCancel(job.jobId, { by: 'alice', at: now }));
  return { loop, job, asked: () => asked };
}

test('No task that was claimed together with another one starts if its job was cancelled meanwhile', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }], { batchGroup: 'together' });
  const claimed = wire.hold(batchOf('tasks', `${job.jobId}#0`, 'Executing'));
  await serve(new Candidates(['together']), { slots: 2 });
  await claimed.reached;
  await acceptCancel(job.jobId, { by: 'alice', at: now });
  claimed.release();
  await eventually(async () => (await getJob(job.jobId)).status === 'Cancelled', PATIENCE);
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['NotRun', 'NotRun']);
});

test('A claim whose request fails gives back no other claim', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }], { batchGroup: 'beside' });
  const [a, b] = await readyTaskKeys(`${job.jobId}#0`, { batchGroup: 'beside', now, limit: 2 });
  const reading = wire.hold(({ operation, body }) => operation === 'BatchGetItem' && body.includes('-servers"'));
  const finds = [a, b].map((key) => async () => (key ? [key] : []));
  const find = async () => (await finds.shift()?.()) ?? [];
  const accept = wire.refuse(updateOf('tasks', `${job.jobId}#0`, 'b', 'Executing'), 'AccessDeniedException');
  await serve({ find, avoid() {}, leave() {}, putOff() {}, async lose() {}, quietMs: 0 }, { slots: 2 });
  await reading.reached;
  // The claim of `b` has failed and was undone.
  await eventually(async () => !(await keysOf(job)).includes(b?.readyKey), PATIENCE);
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['Executing', 'Ready']);
  accept();
  reading.release();
  await eventually(async () => (await recordedStatuses(job, 'a'))[0] === 'Finished', PATIENCE);
  expect(await getTask(job, 'a')).toMatchObject({ attempt: 1 });
});

test('No task of a job starts during a requeue, because its dependencies may still have the status of the run before', async () => {
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }]);
  for (const move of ['start', 'finish'] as const) await moveJob(job.jobId, move);
  const requeued = await acceptRequeue(await getJob(job.jobId), 'All', { by: 'alice', at: now });
  const undone = wire.hold((call) => updateOf('tasks', 'a')(call) && call.body.includes('#readyKey = '));
  // A search before the job's end found this key.
  await serve({
    find: async () => [await getTask(job, 'a')],
    avoid() {},
    leave() {},
    putOff() {},
    async lose() {},
    quietMs: 0,
  });
  await undone.reached;
  expect(await recordedStatuses(job, 'a')).toEqual(['Executing']);
  undone.release();
  await requeueTasks(requeued, Number.POSITIVE_INFINITY);
  await eventually(async () => (await recordedStatuses(job, 'a'))[0] === 'Finished', PATIENCE);
});

test('An idle server that hears nudges looks once a minute, and at once when it is nudged', async () => {
  let searches = 0;
  const find = async () => {
    searches += 1;
    return [];
  };
  const answers: boolean[] = [];
  let answer: ((leavesTasks: boolean) => void) | undefined;
  const loop = nudgedLoop({ find, quietMs: Number.POSITIVE_INFINITY, take: () => answer });
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  loop.start();
  await jest.advanceTimersByTimeAsync(600_000);
  const before = searches;
  await jest.advanceTimersByTimeAsync(600_000);
  expect(searches - before).toBe(10);
  answer = (leavesTasks) => {
    answers.push(leavesTasks);
    answer = undefined;
  };
  loop.wake();
  // The index may lag behind the nudge: more searches follow soon.
  await jest.advanceTimersByTimeAsync(1_000);
  expect(answers).toEqual([false]);
  expect(searches - before).toBeGreaterThan(13);
  await loop.stop();
  jest.useRealTimers();
});

test.each([
  ['whose free slots are reserved passes on the nudge for a task that it does not look for', 1, async () => []],
  ['whose search fails passes on the nudge', 0, () => Promise.reject(new Error('This search fails.'))],
] as const)('A server %s', async (_what, reservedSlots, find) => {
  const answers: boolean[] = [];
  let answer: ((leavesTasks: boolean) => void) | undefined = (leavesTasks) => void answers.push(leavesTasks);
  const take = () => {
    const taken = answer;
    answer = undefined;
    return taken;
  };
  const loop = nudgedLoop({ find, slots: 2, reservedSlots, take });
  loop.start();
  ends.push(() => loop.stop());
  await eventually(() => answers.length > 0, PATIENCE);
  expect(answers).toEqual([true]);
});

type Nudged = Pick<Candidates, 'find'> & {
  readonly take: () => ((leavesTasks: boolean) => void) | undefined;
  readonly quietMs?: number;
  readonly slots?: number;
  readonly reservedSlots?: number;
};

/** The loop of a server with one free slot that hears these nudges, searches so, and runs nothing. */
function nudgedLoop({ find, take, quietMs = 0, slots = 1, reservedSlots = 0 }: Nudged): ClaimLoop {
  return new ClaimLoop({
    serverId: 'nudged',
    heartbeatMs: 10_000,
    handlers: [],
    slots,
    serverEnd: new AbortController().signal,
    reservedSlots,
    candidates: { find, avoid() {}, leave() {}, putOff() {}, async lose() {}, quietMs },
    nudges: { areHeard: true, listen() {}, share() {}, async stop() {}, take },
    attempts: quietAttempts(executor),
    freeSlots: () => 1,
    mayStart: () => true,
    protect: async () => true,
  });
}

test('A task ends even if its error message is cut within a character', async () => {
  await serve();
  const message = `${'x'.repeat(MAX_ERROR_CHARACTERS - 1)}\u{1F525}`;
  const job = await submit([{ taskId: 'a', handler: 'fail', input: { message } }]);
  await eventually(async () => (await recordedStatuses(job, 'a'))[0] === 'Error', PATIENCE);
});

test.each(['echo', 'fail'])(
  'A task ends even if DynamoDB refuses the record of its result or error: %s',
  async (handler) => {
    // A text that cannot be kept shorter.
    const message = randomBytes(MAX_ERROR_CHARACTERS).toString('base64').slice(0, MAX_ERROR_CHARACTERS);
    const job = await submit([{ taskId: 'a', handler, input: { message } }], { hold: true });
    await fill(job, 'a', 1_900);
    await moveJob(job.jobId, 'release', { dispatch: job });
    await serve();
    await eventually(async () => (await getJob(job.jobId)).status === 'Error', PATIENCE);
    expect(await getTask(job, 'a')).toMatchObject({
      attempts: [{ outcome: 'Error', error: { name: 'EndNotKept', message: expect.stringContaining('size') } }],
    });
  },
);

test.each([1, 2])('A task whose claim DynamoDB refuses holds up no other task, slots: %d', async (slots) => {
  const batchGroup = `full-${slots}`;
  const job = await submit([{ taskId: 'a' }, { taskId: 'b' }], { batchGroup, hold: true });
  await fill(job, 'a', 330);
  await moveJob(job.jobId, 'release', { dispatch: job });
  await serve(new Candidates([batchGroup]), { slots });
  await eventually(async () => (await recordedStatuses(job, 'b'))[0] === 'Finished', PATIENCE);
  expect(await recordedStatuses(job, 'a')).toEqual(['Ready']);
});

/** Fills up the record of the task; DynamoDB refuses records of more than 400 KB. */
async function fill(job: Job, taskId: string, leftBytes: number): Promise<void> {
  const { shardId } = await getTask(job, taskId);
  await documents().send(
    new UpdateCommand({
      TableName: tableName('tasks'),
      Key: { shardId, taskId },
      UpdateExpression: 'SET filler = :filler',
      ExpressionAttributeValues: { ':filler': 'f'.repeat(400 * 1024 - leftBytes) },
    }),
  );
}

test('A malformed job with many tasks holds up no other job', async () => {
  const bad = await submit(tasksLike(40), { batchGroup: 'g1' });
  const good = await submit([{ taskId: 'a' }, { taskId: 'b' }], { batchGroup: 'g1' });
  await spoil('jobs', { jobId: bad.jobId }, ['system', 'maybe']);
  await serve(new Candidates(['g1']));
  await eventually(async () => (await getJob(good.jobId)).status === 'Finished', PATIENCE);
});

test('A malformed task holds up no other task', async () => {
  const bad = await submit([{ taskId: 'x' }, { taskId: 'y' }], { batchGroup: 'g3' });
  const good = await submit([{ taskId: 'a' }, { taskId: 'b' }], { batchGroup: 'g3' });
  for (const taskId of ['x', 'y']) {
    const { shardId } = await getTask(bad, taskId);
    await spoil('tasks', { shardId, taskId }, ['maxRetries', 'many']);
  }
  await serve(new Candidates(['g3']));
  await eventually(async () => (await getJob(good.jobId)).status === 'Finished', PATIENCE);
});

test('Nothing is claimed while the server cannot be protected from a scale-in', async () => {
  let [asked, isProtected] = [0, false];
  const job = await submit([{ taskId: 'a' }]);
  const protect = async () => {
    asked += 1;
    return isProtected;
  };
  await serve(new Candidates(['default']), { protect });
  await eventually(() => asked >= 3, PATIENCE);
  expect((await getTask(job, 'a')).status).toBe('Ready');
  isProtected = true;
  await eventually(async () => (await getTask(job, 'a')).status === 'Finished', PATIENCE);
});

test('A task is left to the server that has its handler, and the tasks behind it run meanwhile', async () => {
  const other = await startServer({ handlers: ['new.handler'] });
  const job = await submit([...tasksLike(70, { handler: 'new.handler' }), { taskId: 'z' }]);
  await serve();
  await eventually(async () => (await recordedStatuses(job, 'z'))[0] === 'Finished', PATIENCE);
  const left = await recordedStatuses(job, ...tasksLike(70).map(({ taskId = '' }) => taskId));
  expect(new Set(left)).toEqual(new Set(['Ready']));
  expect(await getTask(job, 't1')).toMatchObject({ attempt: 0, attempts: [] });
  expect(await claimTask(await getTask(job, 't1'), { serverId: other.serverId, now })).toBeDefined();
});

test('A task whose handler no live server has waits for a few heartbeats, and ends in Error', async () => {
  await startServer({ handlers: ['missing'], status: 'Stopped' });
  await startServer({ handlers: ['missing'], batchGroups: ['other'] });
  const { serverId } = await serve(new Candidates(['lone']), { heartbeatMs: 250 });
  const job = await submit([{ taskId: 'a', handler: 'missing' }], { batchGroup: 'lone' });
  await eventually(async () => (await recordedStatuses(job, 'a'))[0] === 'Error', PATIENCE);
  const { attempts } = await getTask(job, 'a');
  expect(attempts).toMatchObject([{ serverId, error: { name: 'UnknownHandler' } }]);
  const waitedMs = Date.parse(attempts[0]?.startedAt ?? '') - Date.parse(job.createdAt);
  expect(waitedMs).toBeGreaterThanOrEqual(UNKNOWN_HANDLER_HEARTBEATS * 250);
});

test.each([
  ['whose time is over leaves the rest of it to the reaper', 'stopAll', 'Waiting'],
  ['that lets its tasks end goes through all of it', 'tellServerStopping', 'NotRun'],
] as const)('Of a chain that never runs, a server %s', async (_what, stop, rest) => {
  const { attempts } = await serve(new Candidates([stop]));
  const links = tasksLike(25, { batchGroup: stop }).map((task, index) =>
    index === 0
      ? { ...task, handler: 'fail' }
      : { ...task, dependsOn: [{ taskId: `t${index}`, expected: 'Finished' as const }] },
  );
  // The job has others, so that it stays open and is no small one: no other end unlocks anything.
  const others = tasksLike(100, { batchGroup: 'night' }).map((task) => ({ ...task, taskId: `later-${task.taskId}` }));
  const job = await submit([...links, ...others], { batchGroup: stop, hold: true });
  const skipping = wire.hold(updateOf('tasks', `${job.jobId}#0`, 't2', 'NotRun'));
  await releaseJob(job, { by: 'alice', at: now });
  await skipping.reached;
  attempts[stop]({ cause: 'ServerStopped' });
  skipping.release();
  expect(await attempts.allRecorded(PATIENCE.limitMs)).toBe(true);
  expect(await recordedStatuses(job, 't1', 't2', 't25')).toEqual(['Error', 'NotRun', rest]);
});

test('A server whose time is over makes Ready what waits for the tasks that end then', async () => {
  const { attempts } = await serve(new Candidates(['over']));
  const waiting = { taskId: 'b', batchGroup: 'night', dependsOn: [{ taskId: 'a', expected: 'Error' as const }] };
  const tasks = [{ taskId: 'a', handler: 'fail' }, waiting];
  const job = await submit(tasks, { batchGroup: 'over', hold: true });
  const failing = wire.hold(updateOf('tasks', `${job.jobId}#0`, 'a', 'Error'));
  await releaseJob(job, { by: 'alice', at: now });
  await failing.reached;
  attempts.stopAll({ cause: 'ServerStopped' });
  failing.release();
  expect(await attempts.allRecorded(PATIENCE.limitMs)).toBe(true);
  expect(await recordedStatuses(job, 'a', 'b')).toEqual(['Error', 'Ready']);
});
