/**
 * What each operation costs at DynamoDB, beside its budget. Needs the environment that names an engine with the tables.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import { type Job, noTasks } from '#domain/jobs/job';
import { newJob, newTasks } from '#domain/jobs/submission';
import { submitJobSchema } from '#domain/requests';
import type { Task } from '#domain/tasks/task';
import { afterAttempt } from '#engine/after-end';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelTasks } from '#engine/jobs/cancel-tasks';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { passTasks } from '#engine/jobs/requeue-tasks';
import { endWriting } from '#engine/submissions/end-writing';
import { leaseEnd } from '#engine/submissions/lease';
import { claimTask, readForStart } from '#engine/tasks/claim-task';
import { finishTask } from '#engine/tasks/finish-task';
import { Candidates } from '#server/claiming/search/candidates';
import { readLiveServers } from '#store/fleet/live-servers';
import { createJob, getJob, moveJob } from '#store/jobs';
import { taskCountsOf } from '#store/reads/counting';
import { someOpenTasks } from '#store/reads/open-tasks';
import { taskPages } from '#store/reads/task-pages';
import { heartbeat, registerServer } from '#store/servers';
import { createTasks } from '#store/tasks';
import type { Figure } from './figures.ts';
import { ordersFrom } from './input.ts';
import { JOBS, keepMoves, listedJobs, WRITERS } from './lists/listed-jobs.ts';
import { type Meter, type Spent, spentOn, withMeter } from './meter.ts';

const TASKS = 500;
const RUNS = 20;
/** A server that has just started looks everywhere for this long. */
const UNTIL_QUIET_MS = 2_100;

/** Measures them one after the other. The figures are exact: each call returns the same. */
export function measureCapacity(): Promise<Figure[]> {
  return withMeter({ engineUrl: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '' }, (meter) => {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = meter.url;
    return measureWith(meter);
  });
}

async function measureWith(meter: Meter): Promise<Figure[]> {
  const serverId = await newServer();
  const { job, tasks } = newRecords(TASKS);
  const writing = { ...job, taskCounts: { ...noTasks(), Ready: TASKS }, writingUntil: leaseEnd() };
  const begun = await meter.measure(() => createJob(writing));
  const created = spentOn(await meter.measure(() => createTasks(tasks)), TASKS);
  const accepted = spentOn([...begun, ...(await meter.measure(() => endWriting(writing)))]);
  const { claim, finish } = await measureRuns({ meter, serverId, job, tasks });
  await keepMoves(job.jobId);
  const read = spentOn(await meter.measure(async () => taskCountsOf(await getJob(job.jobId))));
  const waiting = spentOn(await meter.measure(() => readForWaiting(job.jobId)));
  const at = new Date().toISOString();
  // With a key it costs the most.
  const once = { key: 'k'.repeat(43), request: 'r'.repeat(43) };
  const author = { by: 'bench', at, reason: 'to see what it costs', once };
  const cancelled = spentOn(await meter.measure(() => acceptCancel(job.jobId, author)));
  const passing = { ...job, cancel: { requestedBy: 'bench', requestedAt: at }, status: 'Cancelling' as const };
  const passed = spentOn(await meter.measure(() => cancelTasks(passing, Number.POSITIVE_INFINITY)), TASKS - RUNS);
  const again = await acceptRequeue(await getJob(job.jobId), 'All', { ...author, at, once: undefined });
  const requeued = spentOn(await meter.measure(() => passRequeued(again)), TASKS);
  const beat = spentOn(await meter.measure(() => beatOf(serverId)));
  const { look, poll } = await measureLooks(meter);
  const large = await measureLarge(meter, serverId);
  const list = await listedJobs(Array.from({ length: JOBS }, () => newRecords(1).job));
  const listed = spentOn(await meter.measure(list));
  return [
    ...figuresOf('create a task', created, { wcu: 3, requests: 1 / 25 }),
    ...figuresOf('accept a job', accepted, { wcu: 4, rcu: 0 }),
    ...figuresOf('claim a task', claim, { wcu: 3, rcu: 2 }),
    ...figuresOf('finish a task', finish, { wcu: 3, rcu: 1 }),
    ...figuresOf('create, claim and finish a task with a 4 kB input', large, { wcu: 10 }),
    ...figuresOf(`cancel a job of ${TASKS} tasks, until accepted`, cancelled, { wcu: 3, rcu: 0 }),
    ...figuresOf('pass over a cancelled task', passed, { wcu: 3, requests: 3 / 25 }),
    ...figuresOf('pass over a requeued task', requeued, { wcu: 3, requests: 3 / 25 }),
    ...figuresOf('heartbeat of an idle server', beat, { wcu: 1, rcu: 0 }),
    ...figuresOf('look of a server at rest', poll, { wcu: 0, rcu: 0.5, requests: 1 }),
    ...figuresOf('look everywhere in a batch group', look, { wcu: 0, rcu: 2.5, requests: 5 }),
    ...figuresOf(`read a job of ${TASKS} tasks, ${WRITERS} servers`, read, { rcu: 5 }),
    ...figuresOf('read what a job of 500 tasks waits for', waiting, { rcu: 120 }),
    ...figuresOf(`read a list of ${JOBS} jobs, ${WRITERS} servers each`, listed, { rcu: 60 }),
  ];
}

/** Claims and finishes some of the tasks, as a server does while others of the job are open. */
async function measureRuns(of: { meter: Meter; serverId: string; job: Job; tasks: readonly Task[] }) {
  const claimed: Task[] = [];
  const claiming = await of.meter.measure(async () => {
    for (const task of of.tasks.slice(0, RUNS)) claimed.push(...(await claimOne(of.serverId, task)));
  });
  await moveJob(of.job.jobId, 'start');
  const finishing = await of.meter.measure(async () => {
    for (const task of claimed) {
      await finishTask(task, '"done"', new Date().toISOString());
      await afterAttempt({ job: of.job, task });
    }
  });
  return { claim: spentOn(claiming, RUNS), finish: spentOn(finishing, claimed.length) };
}

async function claimOne(serverId: string, key: Task): Promise<Task[]> {
  const task = await claimTask(key, { serverId, now: new Date().toISOString() });
  if (!task) throw new Error(`The task ${key.taskId} could not be claimed.`);
  await readForStart(serverId, [task]);
  return [task];
}

/** All that `listWaiting` reads while slots are free. */
async function readForWaiting(jobId: string): Promise<void> {
  await someOpenTasks(await getJob(jobId));
  await readLiveServers({ consistent: false });
}

async function passRequeued(job: Job): Promise<void> {
  for await (const tasks of taskPages(job)) await passTasks(tasks, job);
}

function beatOf(serverId: string) {
  return heartbeat(serverId, { now: new Date().toISOString(), toldCancels: new Set(), stoppedClaims: new Set() });
}

/** A server begins with a look everywhere; at rest, a few seconds later, it polls. */
async function measureLooks(meter: Meter): Promise<{ look: Spent; poll: Spent }> {
  const idle = new Candidates(['default'], () => true);
  const search = () => idle.find(4, false);
  const look = spentOn(await meter.measure(search));
  await sleep(UNTIL_QUIET_MS);
  return { look, poll: spentOn(await meter.measure(search)) };
}

/** What a task costs from its creation to its end, with an input of 4 kB. */
async function measureLarge(meter: Meter, serverId: string): Promise<Spent> {
  const { job, tasks } = newRecords(RUNS, ordersFrom);
  await createJob(job);
  const created = spentOn(await meter.measure(() => createTasks(tasks)), RUNS);
  const { claim, finish } = await measureRuns({ meter, serverId, job, tasks });
  return { wcu: created.wcu + claim.wcu + finish.wcu, rcu: 0, requests: 0 };
}

function newRecords(count: number, inputOf: (index: number) => unknown = () => ({ month: '2026-01' })) {
  const now = new Date().toISOString();
  const tasks = Array.from({ length: count }, (_, index) => ({ handler: 'echo', input: inputOf(index) }));
  const request = submitJobSchema.parse({ name: 'bench', tasks });
  const job = newJob(request, { jobId: ulid(), createdBy: 'bench', now, priority: 'Normal' });
  return { job, tasks: newTasks(job, request.tasks, { firstIndex: 0, now }) };
}

async function newServer(): Promise<string> {
  const now = new Date().toISOString();
  const serverId = ulid();
  const started = { status: 'Active', startedAt: now, heartbeatAt: now } as const;
  await registerServer({ serverId, containerArn: 'none', batchGroups: ['default'], slots: RUNS, ...started });
  return serverId;
}

function figuresOf(what: string, spent: Spent, budget: Partial<Spent>): Figure[] {
  return (['wcu', 'rcu', 'requests'] as const).flatMap((unit) => {
    const atMost = budget[unit];
    if (atMost === undefined && spent[unit] === 0) return [];
    return [
      {
        what,
        measured: spent[unit],
        unit: unit === 'requests' ? unit : unit.toUpperCase(),
        ...(atMost === undefined ? {} : { atMost }),
      },
    ];
  });
}
