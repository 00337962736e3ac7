import { expect, test } from '@jest/globals';
import { ulid } from 'ulid';
import { KEYS_PER_GROUP, keysOfGroup } from '#domain/jobs/dispatch-groups';
import { isInTurn, PRIORITIES, type Priority, rankPrefix } from '#domain/priorities';
import { offerJob, restJob } from '#engine/jobs/offer-job';
import { setPriority } from '#engine/jobs/set-priority';
import { failTask } from '#engine/tasks/fail-task';
import { undoClaim } from '#engine/tasks/undo-claim';
import { moveJob } from '#store/jobs';
import { dispatchedAfter, dispatchedJobs, nextStart } from '#store/reads/dispatch';
import { startStore } from '#test/support/store/engine';
import { AUTHOR, start, startServer, submit } from '#test/support/store/trial';
import { queryOf, updateOf } from '#test/support/store/wire';

const wire = await startStore();

type Submitted = Awaited<ReturnType<typeof submit>>;

const server = await startServer({ slots: 100 });
const NOW = new Date().toISOString();
const TOMORROW = new Date(Date.now() + 24 * 3_600_000).toISOString();
const newGroup = () => `g-${ulid()}`;

/** The place of the job in the index: in turn, put off, or not there. */
async function turnOf(job: Submitted): Promise<string> {
  const { jobs } = await dispatchedJobs(keysOfGroup(job.batchGroup), 1_000);
  const found = jobs.find(({ jobId }) => jobId === job.jobId);
  if (!found) return 'not there';
  return isInTurn(found.rank, new Date().toISOString()) ? 'in turn' : 'put off';
}

async function rest(job: Submitted): Promise<void> {
  const found = (await dispatchedJobs(keysOfGroup(job.batchGroup), 1_000)).jobs.find(
    ({ jobId }) => jobId === job.jobId,
  );
  if (found) await restJob(found);
}

/** A job whose only task failed and waits for its retry until tomorrow. */
async function waitingForRetry(tasks = [{ taskId: 'a', maxRetries: 1 }]): Promise<Submitted> {
  const job = await submit(tasks, { batchGroup: newGroup() });
  const task = await start(job, 'a', server);
  await failTask(task, { name: 'Error', message: 'no' }, { now: NOW, retryAt: TOMORROW });
  return job;
}

test('A job with a start time is not in turn before it, and ranks by it', async () => {
  const job = await submit([{}], { batchGroup: newGroup(), startAt: TOMORROW });
  expect(await turnOf(job)).toBe('put off');
  expect(await nextStart(job)).toBe(TOMORROW);
});

test('The next start in a job of many shards is looked for in several of them at once', async () => {
  const job = { ...(await submit([{}], { startAt: TOMORROW })), shards: 4 };
  const first = wire.hold(queryOf('byReady', `${job.jobId}#0`));
  const last = wire.carriedOut(queryOf('byReady', `${job.jobId}#3`));
  const next = nextStart(job);
  await Promise.all([first.reached, last]);
  first.release();
  expect(await next).toBe(TOMORROW);
});

test('A job whose next task waits for its retry is put off until then, and is back in turn with a task that may start now', async () => {
  const job = await waitingForRetry();
  expect(await turnOf(job)).toBe('in turn');
  await rest(job);
  expect(await turnOf(job)).toBe('put off');
  await offerJob(job.jobId);
  expect(await turnOf(job)).toBe('in turn');
});

test('A job with a task that may start now is not put off, even if other tasks wait', async () => {
  const job = await waitingForRetry([
    { taskId: 'a', maxRetries: 1 },
    { taskId: 'b', maxRetries: 0 },
  ]);
  await rest(job);
  expect(await turnOf(job)).toBe('in turn');
});

test('A job without a Ready task leaves the index, and is back with the next Ready task', async () => {
  const job = await submit([{ taskId: 'a' }], { batchGroup: newGroup() });
  await start(job, 'a', server);
  await rest(job);
  expect(await turnOf(job)).toBe('not there');
  await offerJob(job.jobId);
  expect(await turnOf(job)).toBe('in turn');
});

test('A task that becomes Ready while its job is put off is not missed', async () => {
  const job = await waitingForRetry([
    { taskId: 'a', maxRetries: 1 },
    { taskId: 'b', maxRetries: 0 },
  ]);
  const running = await start(job, 'b', server);
  const putting = wire.hold(updateOf('jobs', job.jobId, TOMORROW));
  const rested = rest(job);
  await putting.reached;
  await undoClaim(running);
  await offerJob(job.jobId);
  putting.release();
  await rested;
  expect(await turnOf(job)).toBe('in turn');
});

test('A change of priority keeps a job put off until its time', async () => {
  const job = await submit([{}], { batchGroup: newGroup(), startAt: TOMORROW, priority: 'Low' });
  await setPriority(job, 'Critical', AUTHOR);
  expect(await turnOf(job)).toBe('put off');
  const { jobs } = await dispatchedJobs(keysOfGroup(job.batchGroup), 10);
  expect(jobs).toMatchObject([{ priority: 'Critical' }]);
});

test('Every job of a priority is found once and in order, page by page, for any size of a page', async () => {
  const group = newGroup();
  const submitted: string[] = [];
  for (let index = 0; index < 16; index += 1)
    submitted.push((await submit([{}], { batchGroup: group, priority: 'High' })).jobId);
  await submit([{}], { batchGroup: group, priority: 'Low' });
  for (const limit of [1, 2, 5, 100]) expect([limit, await highJobs([group], limit)]).toEqual([limit, submitted]);
});

test('No job of two groups is left out, for any size of a page', async () => {
  const [one, other] = [newGroup(), newGroup()];
  const submitted: string[] = [];
  for (let index = 0; index < 12; index += 1) {
    submitted.push((await submit([{}], { batchGroup: index % 3 === 0 ? other : one, priority: 'High' })).jobId);
  }
  for (const limit of [1, 2, 5, 100]) {
    const found = await highJobs([one, other], limit);
    expect([limit, [...new Set(found)].sort()]).toEqual([limit, submitted]);
  }
});

/** The jobs with priority High, page by page. */
async function highJobs(groups: string[], limit: number): Promise<string[]> {
  const first = await dispatchedJobs(groups.flatMap(keysOfGroup), limit);
  const found = first.jobs.filter(({ priority }) => priority === 'High');
  let rank = first.cuts.get('High');
  while (rank !== undefined) {
    const page = await dispatchedAfter(groups, { priority: 'High', rank }, limit);
    found.push(...page.jobs);
    rank = page.cuts.get('High');
  }
  return found.map(({ jobId }) => jobId);
}

test('The jobs of a group lie under several keys', async () => {
  const group = newGroup();
  for (let index = 0; index < 40; index += 1) await submit([{}], { batchGroup: group });
  const { jobs } = await dispatchedJobs(keysOfGroup(group), 100);
  expect(new Set(jobs.map(({ dispatchGroup }) => dispatchGroup))).toEqual(new Set(keysOfGroup(group)));
});

test('A priority for which the more urgent ones leave no room is read too', async () => {
  const group = newGroup();
  for (const priority of PRIORITIES) {
    for (let index = 0; index <= KEYS_PER_GROUP; index += 1) await submit([{}], { batchGroup: group, priority });
  }
  const { jobs, cuts } = await dispatchedJobs(keysOfGroup(group), 1);
  expect(new Set(jobs.map(({ priority }) => priority))).toEqual(new Set(PRIORITIES));
  expect([...cuts.keys()].sort()).toEqual([...PRIORITIES].sort());
});

test('A job that enters the index while its priority changes ranks by the new priority', async () => {
  const job = await submit([{ taskId: 'a' }], { batchGroup: newGroup(), priority: 'Low' });
  const task = await start(job, 'a', server);
  await rest(job);
  await undoClaim(task);
  const entering = wire.hold(updateOf('jobs', job.jobId, 'dispatchGroup'));
  const entered = offerJob(job.jobId);
  await entering.reached;
  await setPriority(job, 'Critical', AUTHOR);
  entering.release();
  await entered;
  await expectRank(job, 'Critical');
});

test('A job whose priority has changed since it was read is not released with the old one', async () => {
  const held = await submit([{}], { batchGroup: newGroup(), hold: true });
  const job = await setPriority(held, 'Critical', AUTHOR);
  expect(await moveJob(held.jobId, 'release', { dispatch: held })).toEqual({ moved: false, job });
  expect(await moveJob(held.jobId, 'release', { dispatch: job })).toMatchObject({ moved: true });
  await expectRank(held, 'Critical');
});

async function expectRank({ batchGroup }: Submitted, priority: Priority): Promise<void> {
  const { jobs } = await dispatchedJobs(keysOfGroup(batchGroup), 10);
  expect(jobs).toMatchObject([{ priority, rank: expect.stringMatching(`^${rankPrefix(priority)}`) }]);
}
