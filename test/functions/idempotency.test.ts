/** A repeat of any POST with its Idempotency-Key is the same request: done once, whatever happens to the first. */
import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { z } from 'zod';
import { MAX_REQUESTS_KEPT } from '#domain/limits';
import { finishTask } from '#engine/tasks/finish-task';
import { ROUTES } from '#functions/catalog/routes';
import { onceOf } from '#functions/middleware/idempotency';
import { getAbort, moveAbort } from '#store/aborts';
import { changeFeature } from '#store/features';
import { getJob, moveJob, setOnJob } from '#store/jobs';
import { getServer } from '#store/servers';
import { getTask } from '#store/tasks';
import { abortOn, cancelling } from '#test/support/functions/aborting';
import { startFunctions } from '#test/support/functions/functions';
import { type HttpCall, operator, refused } from '#test/support/functions/http';
import { cutOffWrites, isWrite } from '#test/support/store/cut-off';
import { startServer, submit, tasksLike } from '#test/support/store/trial';
import { type Call, updateOf } from '#test/support/store/wire';

const functions = await startFunctions();
const { aside, wire } = functions;
/** A request that was cut off never ends its recording, so none is recorded here. */
const call = (target: string, options: HttpCall) => aside(() => functions.call(target, options));

/** A request, and what shows that it was done, and once. */
type Post = {
  readonly target: string;
  readonly body?: object;
  /** Another body of the same route; without it, the route takes none. */
  readonly otherBody?: object;
  readonly status: number;
  readonly id: 'jobId' | 'abortId';
  readonly done: object;
  proof(): Promise<object>;
  /** The write before which a repeat at the same moment may overtake it. */
  readonly overtakenAt: Parameters<typeof wire.hold>[0];
  /** Ends the leases that a dead request has left. */
  endLeases?(): Promise<unknown>;
};

const ENDED = new Date(0).toISOString();
const TASKS = { tasks: [{ handler: 'echo', input: { a: 1, b: [{ c: 2, d: 3 }] } }] };
const SAME_TASKS = '{ "tasks": [{"input": {"b": [{"d": 3, "c": 2}], "a": 1.0}, "maxRetries": 0, "handler": "echo"}] }';

function ofJob(jobId: string, verb: string) {
  const overtakenAt = updateOf('jobs', jobId, 'keptRequests');
  const proof = async () => getJob(jobId);
  return { target: `POST /jobs/${jobId}/${verb}`, status: 200, id: 'jobId', overtakenAt, proof } as const;
}

const POSTS: Readonly<Record<string, () => Promise<Post>>> = {
  async 'submit-job'() {
    const name = ulid();
    const proof = async () => {
      const { items } = (await call('GET /jobs?limit=100', {})).body;
      return { jobs: Array.isArray(items) ? items.filter((each) => each.name === name).length : 0 };
    };
    const body = { name, ...TASKS };
    const overtakenAt = updateOf('reservations', 'requestHash');
    const target = 'POST /jobs';
    return {
      target,
      body,
      otherBody: { ...body, hold: true },
      status: 201,
      id: 'jobId',
      done: { jobs: 1 },
      proof,
      overtakenAt,
    };
  },
  async 'add-tasks'() {
    const { jobId } = await submit(tasksLike(1), { hold: true });
    const otherBody = { tasks: [{ handler: 'echo', input: { a: 2, b: [{ c: 2, d: 3 }] } }] };
    const overtakenAt = updateOf('jobs', jobId, 'addingUntil');
    const endLeases = () => setOnJob(jobId, { addingUntil: ENDED }, [{ attribute: 'addingUntil', exists: true }]);
    return {
      ...ofJob(jobId, 'tasks'),
      body: TASKS,
      otherBody,
      status: 201,
      done: { taskTotal: 2 },
      overtakenAt,
      endLeases,
    };
  },
  async 'cancel-job'() {
    const { jobId } = await submit(tasksLike(2));
    const body = { reason: 'wrong' };
    return {
      ...ofJob(jobId, 'cancel'),
      body,
      otherBody: { reason: 'late' },
      status: 202,
      done: { cancel: expect.objectContaining(body) },
    };
  },
  async 'hold-job'() {
    const { jobId } = await submit();
    return { ...ofJob(jobId, 'hold'), done: { status: 'Withhold' } };
  },
  async 'release-job'() {
    const { jobId } = await submit([{}], { hold: true });
    return { ...ofJob(jobId, 'release'), done: { status: 'Waiting' } };
  },
  async 'requeue-job'() {
    const { jobId } = await submit(tasksLike(2));
    await moveJob(jobId, 'finish', { set: { endedAt: ENDED } });
    return { ...ofJob(jobId, 'requeue'), body: { scope: 'All' }, otherBody: {}, done: { run: 2 } };
  },
  async 'abort-job'() {
    await changeFeature('EnhancedBatchAbort', { set: { enabled: false } });
    const server = await startServer();
    const { jobId } = await cancelling(server);
    const { planId } = (await call(`GET /jobs/${jobId}/abort-plan`, { as: operator })).body;
    const body = { planId, reason: 'hangs' };
    const proof = async () => ({
      orders: (await getServer(server.serverId)).stopOrders?.size,
      ...(await getJob(jobId)),
    });
    const of = ofJob(jobId, 'abort');
    return {
      ...of,
      body,
      otherBody: { planId, reason: 'late' },
      status: 202,
      id: 'abortId',
      done: { abortId: expect.any(String) },
      proof,
    };
  },
  async 'withdraw-abort'() {
    const server = await startServer();
    const { abortId } = await abortOn(await cancelling(server), server);
    const body = { reason: 'it ended' };
    return {
      target: `POST /aborts/${abortId}/withdraw`,
      body,
      otherBody: {},
      status: 202,
      id: 'abortId',
      done: { withdraw: expect.objectContaining(body) },
      proof: () => getAbort(abortId),
      overtakenAt: updateOf('aborts', abortId, 'withdraw'),
    };
  },
};

const NAMES = Object.keys(POSTS);
const newPost = async (name: string) => {
  const post = await POSTS[name]?.();
  if (!post) throw new Error(`There is no request of ${name}.`);
  return post;
};
const newKey = () => ({ headers: { 'idempotency-key': ulid() } });
const bodyOf = ({ body }: Pick<Post, 'body'>) => (body ? { body } : {});

test('Each POST of the catalog is repeated here, and takes the key', () => {
  const posts = Object.entries(ROUTES).filter(([, { route }]) => route.startsWith('POST '));
  expect(NAMES.sort()).toEqual(posts.map(([name]) => name).sort());
  for (const [, row] of posts) expect(row).toMatchObject({ headers: { 'Idempotency-Key': expect.anything() } });
});

test.each(NAMES)(
  '%s: a repeat is done once, and replies with the same status and the record as it is now',
  async (name) => {
    const post = await newPost(name);
    const sent = { ...newKey(), ...bodyOf(post) };
    const first = await call(post.target, sent);
    expect(first.status).toBe(post.status);
    const before = await post.proof();
    expect(before).toMatchObject(post.done);
    const repeat = await call(post.target, sent);
    expect(repeat).toMatchObject({ status: post.status, body: { [post.id]: first.body[post.id] } });
    expect(await post.proof()).toEqual(before);
  },
);

test.each(NAMES)('%s: another body or another route with the same key is refused', async (name) => {
  const post = await newPost(name);
  const key = newKey();
  const first = await call(post.target, { ...key, ...bodyOf(post) });
  const before = await post.proof();
  if (post.otherBody) {
    const changed = await call(post.target, { ...key, body: post.otherBody });
    expect(changed).toMatchObject(refused(409, 'IdempotencyKeyReused'));
  }
  const verb = name === 'hold-job' ? 'release' : 'hold';
  const other = name === 'withdraw-abort' ? undefined : await call(`POST /jobs/${first.body.jobId}/${verb}`, key);
  if (other) expect(other).toMatchObject(refused(409, 'IdempotencyKeyReused'));
  expect(await post.proof()).toEqual(before);
});

test.each(NAMES)('%s: of two at the same moment one is done, and both get its record', async (name) => {
  const post = await newPost(name);
  const sent = { ...newKey(), ...bodyOf(post) };
  const held = wire.hold(post.overtakenAt);
  const late = call(post.target, sent);
  await held.reached;
  const early = await call(post.target, sent);
  expect(early.status).toBe(post.status);
  const before = await post.proof();
  held.release();
  expect(await late).toMatchObject({ status: post.status, body: { [post.id]: early.body[post.id] } });
  expect(await post.proof()).toEqual(before);
  expect(before).toMatchObject(post.done);
});

test.each(NAMES)('%s: the reply to a repeat says so, and no other reply does', async (name) => {
  const post = await newPost(name);
  const sent = { ...newKey(), ...bodyOf(post) };
  expect((await call(post.target, sent)).headers).not.toHaveProperty('idempotency-replayed');
  expect((await call(post.target, sent)).headers).toHaveProperty('idempotency-replayed', 'true');
});

/** How many records the write changes: which changes go in one request is up to their moments. */
function changesOf({ body }: Call): number {
  const { Statements } = z.object({ Statements: z.unknown().array().optional() }).parse(JSON.parse(body));
  return Statements?.length ?? 1;
}

/** Before the crashes: a request that was cut off cleans up at its deadline, and that would be counted, too. */
test('A request with a key writes no more than one without', async () => {
  for (const name of NAMES.filter((each) => each !== 'submit-job')) {
    const counts = [];
    for (const headers of [{}, newKey()]) {
      const post = await newPost(name);
      let changes = 0;
      const stop = wire.onCall((each) => {
        changes += isWrite(each) ? changesOf(each) : 0;
      });
      await call(post.target, { ...headers, ...bodyOf(post) });
      stop();
      counts.push(changes);
    }
    expect(`${name}: ${counts[1]}`).toBe(`${name}: ${counts[0]}`);
  }
});

test.each(NAMES.filter((name) => name !== 'submit-job'))(
  '%s: a crash before any write of it loses and doubles nothing',
  async (name) => {
    for (let index = 1, isCut = true; isCut; index += 1) {
      const post = await newPost(name);
      const sent = { ...newKey(), ...bodyOf(post) };
      isCut = await cutOffWrites(wire, () => call(post.target, sent), index);
      await post.endLeases?.();
      expect(await call(post.target, sent)).toMatchObject({ status: post.status });
      const once = await post.proof();
      expect(once).toMatchObject(post.done);
      expect((await call(post.target, sent)).status).toBe(post.status);
      expect(await post.proof()).toEqual(once);
    }
  },
);

test('Bodies whose members come in another order, with other spaces or with a default named, are the same', async () => {
  for (const name of ['submit-job', 'add-tasks']) {
    const post = await newPost(name);
    const key = newKey();
    const first = await call(post.target, { ...key, ...bodyOf(post) });
    const body = SAME_TASKS.replace('{', `{"name": ${JSON.stringify(Object(post.body).name)},`);
    const again = await call(post.target, { ...key, body: name === 'submit-job' ? body : SAME_TASKS });
    expect(again).toMatchObject({ status: 201, body: { jobId: first.body.jobId } });
    expect(await post.proof()).toMatchObject(post.done);
  }
});

test('A task that names a default of its own job is the same, and another value is not', () => {
  const requestOf = (task: object) => {
    const body = {
      batchGroup: 'night',
      tasks: [
        { taskId: 'a', handler: 'echo' },
        { handler: 'echo', ...task },
      ],
    };
    return onceOf({ user: 'alice', key: 'key', route: 'submit-job', body }).request;
  };
  const after = { dependsOn: [{ taskId: 'a', expected: 'Finished' }] };
  expect(requestOf({ batchGroup: 'night', dependsOn: [], dependencyCondition: 'Any' })).toBe(requestOf({}));
  expect(requestOf({ taskId: 'b', name: 'b' })).toBe(requestOf({ taskId: 'b' }));
  expect(requestOf({ ...after, dependencyCondition: 'All' })).toBe(requestOf(after));
  for (const other of [{ batchGroup: 'day' }, { name: 'c' }, after]) {
    expect(requestOf(other)).not.toBe(requestOf({}));
  }
  expect(requestOf({ ...after, dependencyCondition: 'Any' })).not.toBe(requestOf(after));
});

test('A job keeps its newest requests with a key, and forgets older ones', async () => {
  const { jobId } = await submit();
  for (let count = 0; count <= MAX_REQUESTS_KEPT / 2; count += 1)
    for (const verb of ['hold', 'release']) await call(`POST /jobs/${jobId}/${verb}`, newKey());
  expect((await getJob(jobId)).keptRequests?.split(' ')).toHaveLength(MAX_REQUESTS_KEPT);
});

test('The same key of another user is another request', async () => {
  const post = await newPost('add-tasks');
  const sent = { ...newKey(), ...bodyOf(post) };
  await call(post.target, sent);
  expect(await call(post.target, { ...sent, as: operator })).toMatchObject({ status: 201, body: { taskTotal: 3 } });
});

test('The key of an abort does not withdraw it', async () => {
  const post = await newPost('abort-job');
  const key = newKey();
  const { body } = await call(post.target, { ...key, ...bodyOf(post) });
  const withdrawn = await call(`POST /aborts/${body.abortId}/withdraw`, key);
  expect(withdrawn).toMatchObject(refused(409, 'IdempotencyKeyReused'));
});

test('A repeat returns the abort that the first request joined, also when that has ended', async () => {
  const post = await newPost('abort-job');
  const first = await call(post.target, bodyOf(post));
  const sent = { ...newKey(), ...bodyOf(post) };
  const abortId = String(first.body.abortId);
  expect((await call(post.target, sent)).body).toMatchObject({ abortId });
  await moveAbort(abortId, 'fail');
  expect(await call(post.target, sent)).toMatchObject({ status: 202, body: { abortId, status: 'Failed' } });
  expect(await call(post.target, bodyOf(post))).not.toMatchObject({ body: { abortId } });
});

test('A repeat whose plan does not hold any more because the first request has aborted the job returns its abort', async () => {
  const post = await newPost('abort-job');
  const sent = { ...newKey(), ...bodyOf(post) };
  const held = wire.hold(({ operation, body }) => operation === 'GetItem' && body.includes('EnhancedBatchAbort'));
  const late = call(post.target, sent);
  await held.reached;
  const { body } = await call(post.target, sent);
  const jobId = String(body.jobId);
  await finishTask(await getTask(await getJob(jobId), 't1'), '1', new Date().toISOString());
  held.release();
  expect(await late).toMatchObject({ status: 202, body: { abortId: body.abortId } });
});

test('A second withdrawal with a key of its own is kept, too', async () => {
  const post = await newPost('withdraw-abort');
  await call(post.target, bodyOf(post));
  const key = newKey();
  expect(await call(post.target, { ...key, ...bodyOf(post) })).toMatchObject({ status: 202 });
  expect(await call(post.target, key)).toMatchObject(refused(409, 'IdempotencyKeyReused'));
});
