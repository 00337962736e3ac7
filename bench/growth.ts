/**
 * What grows with the number of servers and of waiting tasks. The hot path (a search for work, a claim) may not cost
 * more with many than with few; lists and plans have a bound by what they show. Needs the environment of an engine.
 */
import { ulid } from 'ulid';
import type { Job } from '#domain/jobs/job';
import { makePlan } from '#engine/aborts/plan-abort';
import { acceptCancel } from '#engine/jobs/cancel-job';
import { cancelRunning, cancelTasks } from '#engine/jobs/cancel-tasks';
import { noteReplacement } from '#engine/servers/note-replacement';
import { orderDrain } from '#engine/servers/order-drain';
import { claimTask, readForStart } from '#engine/tasks/claim-task';
import { Candidates } from '#server/claiming/search/candidates';
import { readServerPage } from '#store/fleet/server-pages';
import { getJob } from '#store/jobs';
import { listJobs } from '#store/reads/list-jobs';
import { listTasks } from '#store/reads/list-tasks';
import { moveServer, registerServer } from '#store/servers';
import type { ReadyTaskKey } from '#store/tasks';
import type { Figure } from './figures.ts';
import { type Meter, spentOn, withMeter } from './meter.ts';
import { createRecords } from './records.ts';

const SERVERS = [1, 4, 16] as const;
const SMALL_TASKS = 1_000;
const SLOTS = 4;
const IDLE_SERVERS = 200;
const AUTHOR = { by: 'bench', at: new Date().toISOString() } as const;
const PAGE = { limit: 50 } as const;

type Cost = { readonly what: string; readonly rcu: number; readonly wcu: number; readonly ms: number };

/** Measures with jobs of 1,000 tasks and of `tasks`, on 1, 4 and 16 servers. */
export async function measureGrowth(tasks: number): Promise<Figure[]> {
  return withMeter({ engineUrl: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '' }, (meter) => {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = meter.url;
    return measureWith(meter, tasks);
  });
}

async function measureWith(meter: Meter, tasks: number): Promise<Figure[]> {
  const serverIds: string[] = [];
  const figures: Figure[] = [];
  let first: readonly Cost[] | undefined;
  for (const waiting of [SMALL_TASKS, tasks]) {
    const job = await createRecords(waiting);
    for (const servers of SERVERS) {
      while (serverIds.length < servers) serverIds.push(await newServer());
      const costs = await measureAt(meter, job, serverIds.slice(0, servers));
      first ??= costs;
      figures.push(...figuresOf(costs, { first, at: `${waiting} tasks, servers: ${servers}`, servers }));
    }
  }
  return [...figures, ...(await measureAmongIdle(meter)), ...(await measureStart(meter))];
}

/** The start of a server that replaces one, among all those. */
async function measureStart(meter: Meter): Promise<Figure[]> {
  const { at: now } = AUTHOR;
  const stopped = await newServer();
  await orderDrain(stopped, { abortId: 'bench', now, deadline: now });
  await moveServer(stopped, 'stop', { stopRequestedAt: now });
  const { rcu, ms } = await measureOne(meter, 'start', async () => noteReplacement(await newServer(), now));
  const what = `start of a server, among ${IDLE_SERVERS} others`;
  return [
    { what, measured: rcu, unit: 'RCU', atMost: 2 },
    { what, measured: ms, unit: 'ms' },
  ];
}

/** The plan of a job on one server, among many that do not run it. */
async function measureAmongIdle(meter: Meter): Promise<Figure[]> {
  for (let idle = 0; idle < IDLE_SERVERS; idle += 1) await newServer();
  const job = await createRecords(SMALL_TASKS);
  const [key] = await new Candidates([job.batchGroup]).find(1, false);
  if (key) await claimOne(key, await newServer());
  await cancelTasks(await acceptCancel(job.jobId, AUTHOR), Number.POSITIVE_INFINITY);
  const cancelled = await getJob(job.jobId);
  const { rcu, ms } = await measureOne(meter, 'plan', () => planOf(cancelled));
  const what = `plan, ${SMALL_TASKS} tasks, servers: 1, and ${IDLE_SERVERS} idle ones`;
  return [
    { what, measured: rcu, unit: 'RCU', atMost: 20 },
    { what, measured: ms, unit: 'ms' },
  ];
}

function planOf(job: Job) {
  return makePlan(job, { mode: 'server', drainSeconds: 900 });
}

/** The job runs a few tasks on each server, is looked at, and these tasks are marked as by a cancel. */
async function measureAt(meter: Meter, job: Job, serverIds: readonly string[]): Promise<Cost[]> {
  const measure = (what: string, work: () => Promise<unknown>) => measureOne(meter, what, work);
  const keys: ReadyTaskKey[] = [];
  const costs = [
    await measure('search', async () =>
      keys.push(...(await new Candidates([job.batchGroup]).find(serverIds.length + 1, false))),
    ),
  ];
  const [key, ...others] = keys;
  if (!key) throw new Error('No Ready task was found.');
  costs.push(await measure('claim', () => claimOne(key, serverIds[0])));
  for (const [index, other] of others.entries()) await claimOne(other, serverIds[index % serverIds.length]);
  for (const status of ['Ready', 'Executing', 'Finished', 'Error'] as const)
    costs.push(await measure(`list ${status}`, () => listTasks(job, { statuses: [status], ...PAGE })));
  costs.push(await measure('list jobs', () => listJobs({ batchGroup: [job.batchGroup] }, PAGE)));
  costs.push(await measure('list servers', () => readServerPage(PAGE)));
  const cancelled = { ...job, status: 'Cancelling' } as const;
  await cancelRunning(cancelled);
  return [...costs, await measure('plan', () => planOf(cancelled))];
}

async function measureOne(meter: Meter, what: string, work: () => Promise<unknown>): Promise<Cost> {
  const startMs = performance.now();
  const { rcu, wcu } = spentOn(await meter.measure(work));
  return { what, rcu, wcu, ms: performance.now() - startMs };
}

/** What must not grow at all; the others have a bound by what they show. */
const HOT: ReadonlySet<string> = new Set(['search', 'claim', 'list jobs']);

/** A search may go on in a second shard. */
const OTHER_SHARD_RCU = 1;

function figuresOf(
  costs: readonly Cost[],
  { first, at, servers }: { first: readonly Cost[]; at: string; servers: number },
): Figure[] {
  return costs.flatMap(({ what, rcu, wcu, ms }, index) => {
    const name = `${what}, ${at}`;
    const base = first[index];
    const isHot = HOT.has(what) && base !== undefined;
    const atMost = isHot ? base.rcu + OTHER_SHARD_RCU : what === 'plan' ? 10 + 10 * servers : undefined;
    return [
      { what: name, measured: rcu, unit: 'RCU', ...(atMost === undefined ? {} : { atMost }) },
      ...(wcu > 0 ? [{ what: name, measured: wcu, unit: 'WCU', atMost: base?.wcu ?? wcu }] : []),
      { what: name, measured: ms, unit: 'ms' },
    ];
  });
}

async function claimOne(key: ReadyTaskKey, serverId = ''): Promise<void> {
  const task = await claimTask(key, { serverId, now: new Date().toISOString() });
  if (!task) throw new Error(`The task ${key.taskId} could not be claimed.`);
  await readForStart(serverId, [task]);
}

async function newServer(): Promise<string> {
  const now = new Date().toISOString();
  const serverId = ulid();
  const started = { status: 'Active', startedAt: now, heartbeatAt: now } as const;
  await registerServer({ serverId, containerArn: 'none', batchGroups: ['*'], slots: SLOTS, ...started });
  return serverId;
}
