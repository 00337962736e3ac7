/** Which tasks a server finds next: not those that it or another server is about to claim. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { KEYS_PER_GROUP } from '#domain/jobs/dispatch-groups';
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { Candidates } from '#server/claiming/search/candidates';
import { Rivals } from '#server/claiming/search/rivals';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { createTasks, getTask } from '#store/tasks';
import { letTimePass } from '#test/support/store/clock';
import { startStore } from '#test/support/store/engine';
import { noteOnServer, startServer, submit, tasksLike } from '#test/support/store/trial';
import { queryOf } from '#test/support/store/wire';

const wire = await startStore();

// The clock stands still: what is kept for a while is kept for the whole test.
beforeAll(() => letTimePass(0));
afterAll(() => void jest.useRealTimers());

const idsOf = (keys: readonly { taskId: string }[]) => keys.map(({ taskId }) => taskId);

/** Searches, and returns the names of the tasks found and how many requests the search for jobs took. */
async function look(candidates: Candidates): Promise<{ found: string[]; reads: number }> {
  let reads = 0;
  const stop = wire.onCall(({ body }) => {
    if (body.includes('"dispatch"')) reads += 1;
  });
  const found = idsOf(await candidates.find(1, false));
  stop();
  return { found, reads };
}

/** Looks until there is a task. */
async function looksUntilFound(candidates: Candidates): Promise<number> {
  for (let looks = 1; ; looks += 1) {
    const { found } = await look(candidates);
    if (found.length > 0 || looks > 2 * KEYS_PER_GROUP) return looks;
  }
}

/** A server that is nudged, has looked everywhere in the group, and knows that nothing is there. */
async function atRest(batchGroup: string): Promise<Candidates> {
  const candidates = new Candidates([batchGroup], () => true);
  expect((await look(candidates)).found).toEqual([]);
  letTimePass(2_000);
  return candidates;
}

test('While few jobs wait, a look is one request and finds a job without a nudge, under whatever key it lies', async () => {
  for (let job = 0; job < 6; job += 1) {
    const batchGroup = `c5-${job}`;
    const candidates = await atRest(batchGroup);
    expect(await look(candidates)).toEqual({ found: [], reads: 1 });
    await submit([{ taskId: 'only' }], { batchGroup });
    expect(await look(candidates)).toEqual({ found: ['only'], reads: 1 });
  }
});

test('A server at rest knows when the turn of a job comes', async () => {
  const candidates = await atRest('c9');
  const startAt = new Date(Date.now() + 60_000).toISOString();
  await submit([{ taskId: 'later' }], { batchGroup: 'c9', startAt });
  expect((await look(candidates)).found).toEqual([]);
  expect(candidates.quietMs).toBeGreaterThan(50_000);
  letTimePass(candidates.quietMs);
  expect(candidates.quietMs).toBe(0);
  expect(await look(candidates)).toEqual({ found: ['later'], reads: 1 });
});

test('A task whose claim is under way is not found again', async () => {
  await submit(tasksLike(40), { batchGroup: 'c1' });
  const candidates = new Candidates(['c1']);
  const found: string[] = [];
  for (let turn = 0; turn < 10; turn += 1) found.push(...idsOf(await candidates.find(4, false)));
  expect(new Set(found).size).toBe(40);
});

test('After a lost claim the keys that are left are looked for anew', async () => {
  await submit(tasksLike(20), { batchGroup: 'c2' });
  const candidates = new Candidates(['c2']);
  const [lost] = await candidates.find(1, false);
  if (!lost) throw new Error('No task was found.');
  await candidates.lose(lost);
  const found: string[] = [];
  for (let turn = 0; turn < 40; turn += 1) found.push(...idsOf(await candidates.find(1, false)));
  expect(found).not.toContain(lost.taskId);
  expect(new Set(found).size).toBe(19);
});

test('Servers that have lost claims find other tasks, and later those that the other one has left', async () => {
  await submit(tasksLike(40), { batchGroup: 'c11' });
  // Both begin at the same place.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const serverOf = async () =>
    new Candidates(['c11'], undefined, (await startServer({ batchGroups: ['c11'] })).serverId);
  const [one, two] = [await serverOf(), await serverOf()];
  for (const each of [one, two]) await each.lose({ shardId: 'other#0', taskId: 'other' });
  const [first, second] = [idsOf(await one.find(40, false)), idsOf(await two.find(40, false))];
  jest.restoreAllMocks();
  expect(first.length * second.length).toBeGreaterThan(0);
  expect(first.filter((taskId) => second.includes(taskId))).toEqual([]);
  const rest: string[] = [];
  for (let turn = 0; turn < 100; turn += 1) rest.push(...idsOf(await one.find(4, false)));
  expect(new Set([...first, ...rest]).size).toBe(40);
});

test('A task that a full server would claim is found soon, also while a later job has tasks for this one', async () => {
  const batchGroups = ['c12'];
  const [{ serverId }] = [await startServer({ batchGroups }), await startServer({ batchGroups })];
  const rivals = new Rivals({ serverId, batchGroups });
  await rivals.meet();
  const ids = Array.from({ length: 64 }, (_, number) => `other-${number}`);
  const [others] = ids.filter((taskId) => rivals.shareOf([{ shardId: 'any', taskId }]).length === 0);
  await submit([{ taskId: others ?? '' }], { batchGroup: 'c12' });
  letTimePass(1_000);
  await submit(tasksLike(400), { batchGroup: 'c12' });
  const candidates = new Candidates(batchGroups, undefined, serverId);
  await candidates.lose({ shardId: 'other#0', taskId: 'other' });
  const found: string[] = [];
  for (let turn = 0; turn < 6; turn += 1) found.push(...idsOf(await candidates.find(16, false)));
  expect(found).toContain(others);
});

test('What a server that takes no more tasks would have claimed is found by few searches', async () => {
  const batchGroups = ['c13'];
  const [{ serverId }, other] = [await startServer({ batchGroups }), await startServer({ batchGroups })];
  const candidates = new Candidates(batchGroups, undefined, serverId);
  await candidates.lose({ shardId: 'other#0', taskId: 'other' });
  await noteOnServer(other.serverId, { status: 'Draining' });
  await submit(tasksLike(48), { batchGroup: 'c13' });
  letTimePass(10_000);
  const found = new Set<string>();
  let searches = 0;
  for (; found.size < 48 && searches < 100; searches += 1)
    for (const taskId of idsOf(await candidates.find(16, false))) found.add(taskId);
  expect(searches).toBeLessThanOrEqual(10);
});

test('Only Active servers are rivals, and who is one is read anew when the others do not claim what is theirs', async () => {
  const batchGroups = ['c14'];
  const [{ serverId }, other] = [await startServer({ batchGroups }), await startServer({ batchGroups })];
  const rivals = new Rivals({ serverId, batchGroups });
  const keys = Array.from({ length: 64 }, (_, number) => ({ shardId: 'any', taskId: `task-${number}` }));
  await rivals.meet();
  const share = rivals.shareOf(keys);
  expect(share.length).toBeLessThan(64);
  await noteOnServer(other.serverId, { status: 'Draining' });
  await rivals.doubt();
  expect(rivals.shareOf(keys)).toEqual(share);
  letTimePass(10_000);
  await rivals.doubt();
  expect(rivals.shareOf(keys)).toEqual(keys);
});

test('The keys for the next claims are looked for before they are wanted', async () => {
  await submit(tasksLike(100), { batchGroup: 'ahead' });
  // A place by chance may be near the end of the shard.
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const candidates = new Candidates(['ahead']);
  const found = idsOf(await candidates.find(10, false));
  await wire.carriedOut(queryOf('byReady'));
  const later = wire.hold(queryOf('byReady'));
  for (const wanted of [6, 4]) found.push(...idsOf(await candidates.find(wanted, false)));
  expect(new Set(found).size).toBe(20);
  later.release();
  jest.restoreAllMocks();
});

test('A look ahead that fails is logged, and the next search finds what is left', async () => {
  await submit(tasksLike(40), { batchGroup: 'faulty' });
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const logged = new Promise<string>((resolve) => {
    jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
      resolve(String(line));
      return true;
    });
  });
  const candidates = new Candidates(['faulty']);
  const found = idsOf(await candidates.find(10, false));
  const stop = wire.refuse(queryOf('byReady'), 'ValidationException');
  expect(JSON.parse(await logged)).toMatchObject({
    message: expect.stringMatching(/^A look for the next tasks failed/),
  });
  stop();
  jest.restoreAllMocks();
  for (const wanted of [6, 6]) found.push(...idsOf(await candidates.find(wanted, false)));
  expect(new Set(found).size).toBe(22);
});

test('Where a search has found the last tasks of a shard, the next one looks once whether more have come', async () => {
  await submit(tasksLike(5), { batchGroup: 'c17' });
  const candidates = new Candidates(['c17']);
  expect((await candidates.find(16, false)).length).toBe(5);
  let searches = 0;
  const stop = wire.onCall(({ body }) => {
    if (body.includes('"byReady"')) searches += 1;
  });
  await candidates.find(1, false);
  stop();
  expect(searches).toBe(1);
});

test('A job of several groups is searched in each of them', async () => {
  const groups = ['c3', 'c4'];
  await submit(
    tasksLike(40).map((task, index) => ({ ...task, batchGroup: groups[index % 2] ?? '' })),
    { batchGroup: 'c3' },
  );
  const candidates = new Candidates(groups);
  const found: string[] = [];
  for (let turn = 0; turn < 40; turn += 1) found.push(...idsOf(await candidates.find(4, false)));
  expect(new Set(found).size).toBe(40);
});

describe('Where many jobs of others wait,', () => {
  /** More than one look over the whole index reads. */
  beforeAll(async () => {
    const startAt = new Date(Date.now() + 60_000).toISOString();
    for (let job = 0; job < 65; job += 1) await submit([{}], { batchGroup: 'others', startAt });
  });

  test('a look takes two requests, and four find a job without a nudge', async () => {
    for (let job = 0; job < 4; job += 1) {
      const batchGroup = `c11-${job}`;
      const candidates = await atRest(batchGroup);
      for (let turn = 0; turn < 3; turn += 1) expect(await look(candidates)).toEqual({ found: [], reads: 2 });
      await submit([{}], { batchGroup });
      expect(await looksUntilFound(candidates)).toBeLessThanOrEqual(KEYS_PER_GROUP);
    }
  });

  test('a server looks once in a while whether many jobs still wait', async () => {
    const candidates = await atRest('c18');
    letTimePass(600_000);
    for (const reads of [3, 2]) expect(await look(candidates)).toEqual({ found: [], reads });
  });

  test('a server looks under all keys of its group at once after a nudge', async () => {
    for (let job = 0; job < 4; job += 1) {
      const batchGroup = `c6-${job}`;
      const candidates = await atRest(batchGroup);
      await submit([{ taskId: 'only' }], { batchGroup });
      candidates.expect([batchGroup]);
      expect(await look(candidates)).toEqual({ found: ['only'], reads: KEYS_PER_GROUP + 1 });
    }
  });

  test('a server looks under all keys of its group when the turn of a job comes', async () => {
    const startAt = new Date(Date.now() + 60_000).toISOString();
    await submit([{ taskId: 'later' }], { batchGroup: 'c19', startAt });
    const candidates = await atRest('c19');
    expect((await look(candidates)).reads).toBe(2);
    letTimePass(candidates.quietMs);
    expect(await look(candidates)).toEqual({ found: ['later'], reads: KEYS_PER_GROUP + 1 });
  });

  test('a server that no nudges reach looks under all keys of its group each time', async () => {
    const candidates = new Candidates(['c7']);
    await look(candidates);
    letTimePass(2_000);
    expect(await look(candidates)).toEqual({ found: [], reads: KEYS_PER_GROUP + 1 });
  });

  test('a job that comes first is found first, under whatever key it lies', async () => {
    const candidates = await atRest('c8');
    const startAt = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
    for (let job = 12; job > 0; job -= 1)
      await submit([{ taskId: `turn-${job}` }], { batchGroup: 'c8', startAt: startAt(job) });
    letTimePass(20_000);
    const found: string[] = [];
    for (let turn = 0; turn < 12; turn += 1) {
      found.push(...(await look(candidates)).found);
      letTimePass(200);
    }
    expect(found[0]).toBe('turn-1');
  });
});

/** A job whose tasks spread over this number of shards, although it has few. */
async function submitWide(batchGroup: string, shards: number): Promise<Job> {
  const job = await submit([{ taskId: 'near' }], { batchGroup });
  await guardedWrite({ table: 'jobs', key: { jobId: job.jobId }, set: { shards }, when: [] });
  return { ...job, shards };
}

test('A look finds the only Ready task of a job, however many shards the job has', async () => {
  const job = await submitWide('wide', 256);
  const candidates = new Candidates(['wide']);
  const near = await getTask(job, 'near');
  expect((await look(candidates)).found).toEqual(['near']);
  for (const shard of [37, 200, 5])
    await createTasks([{ ...near, shardId: shardKey(job.jobId, shard), taskId: `far-${shard}` }]);
  const found: string[] = [];
  for (let turn = 0; turn < 3; turn += 1) found.push(...(await look(candidates)).found);
  expect(found.sort()).toEqual(['far-200', 'far-37', 'far-5']);
});

test('A job of many shards in which nothing is found rests once all of it was searched', async () => {
  const job = await submitWide('empty', 32);
  const candidates = new Candidates(['empty']);
  expect((await look(candidates)).found).toEqual(['near']);
  let searches = 0;
  const stop = wire.onCall((call) => {
    if (queryOf('byReady')(call) && call.body.includes(job.jobId)) searches += 1;
  });
  for (let turn = 0; turn < 6; turn += 1) expect((await look(candidates)).found).toEqual([]);
  stop();
  expect(searches).toBeLessThanOrEqual(33);
});

test('Looks for reserved slots between those for others read no jobs anew, and lose no key', async () => {
  await submit(tasksLike(20), { batchGroup: 'c15' });
  const candidates = new Candidates(['c15']);
  let reads = 0;
  const stop = wire.onCall(({ body }) => {
    if (body.includes('"dispatch"')) reads += 1;
  });
  const found: string[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    found.push(...idsOf(await candidates.find(1, false)));
    expect(await candidates.find(1, true)).toEqual([]);
  }
  stop();
  expect(new Set(found).size).toBe(20);
  // One look: its first request shows that many jobs wait.
  expect(reads).toBe(1 + KEYS_PER_GROUP + 1);
});

test('What comes for reserved slots is found soon, while others look, too', async () => {
  await submit(tasksLike(20), { batchGroup: 'c16' });
  const candidates = new Candidates(['c16']);
  await candidates.find(1, false);
  expect(await candidates.find(1, true)).toEqual([]);
  await submit([{ taskId: 'urgent' }], { batchGroup: 'c16', priority: 'ReservedCapacity' });
  letTimePass(251);
  expect(idsOf(await candidates.find(1, true))).toEqual(['urgent']);
});

test('Tasks that a server leaves to others, however many, do not hide those of a later job', async () => {
  const job = await submit(tasksLike(400), { batchGroup: 'lacking' });
  letTimePass(1);
  await submit([{ taskId: 'later' }], { batchGroup: 'lacking' });
  const candidates = new Candidates(['lacking']);
  const found: string[] = [];
  for (let turn = 0; turn < 4 && !found.includes('later'); turn += 1) {
    const keys = await candidates.find(16, false);
    for (const key of keys) if (key.shardId.startsWith(job.jobId)) candidates.leave(key, 60_000);
    found.push(...idsOf(keys));
  }
  expect(found).toContain('later');
});

test('A task that is left to others is not found again, however many are left', async () => {
  await submit([{ taskId: 'only' }], { batchGroup: 'claims' });
  const candidates = new Candidates(['claims']);
  const [key] = await candidates.find(1, false);
  if (!key) throw new Error('No task was found.');
  candidates.leave(key, 60_000);
  for (let number = 0; number < 6_000; number += 1) candidates.leave({ ...key, taskId: `t${number}` }, 60_000);
  letTimePass(1_100);
  expect((await look(candidates)).found).toEqual([]);
});

test('Jobs and keys of a look serve for a moment, and then there may be something more urgent', async () => {
  await submit(tasksLike(40), { batchGroup: 'c10', priority: 'Low' });
  const candidates = new Candidates(['c10']);
  expect((await look(candidates)).reads).toBeGreaterThan(0);
  for (let turn = 0; turn < 20; turn += 1) expect(await look(candidates)).toMatchObject({ reads: 0 });
  letTimePass(251);
  expect((await look(candidates)).reads).toBeGreaterThan(0);
});
