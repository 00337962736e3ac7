/**
 * What a page of each status costs in a large job: just begun, then cancelled or half done, and nearly done. Each
 * server works in its own part of the job, as servers do. Needs the environment of an engine.
 */
import { ulid } from 'ulid';
import { type Figure, quantile } from '#bench/figures';
import { type Meter, spentOn, withMeter } from '#bench/meter';
import { createRecords } from '#bench/records';
import type { Job } from '#domain/jobs/job';
import { TASK_STATUSES } from '#domain/statuses';
import { readForStart } from '#engine/tasks/claim-task';
import { claimTogether, newClaim } from '#engine/tasks/claim-together';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { Candidates } from '#server/claiming/search/candidates';
import { writeCounts } from '#store/counts/keep-counts';
import { forgetTallies } from '#store/counts/tallies';
import { getJob } from '#store/jobs';
import { taskCountsOf } from '#store/reads/counting';
import { listTasks } from '#store/reads/list-tasks';
import { registerServer } from '#store/servers';
import type { ReadyTaskKey } from '#store/tasks';

const SERVERS = 16;
const SLOTS = 24;
/** In the first stage, and before the end. */
const FEW = 300;
const ERRORS = 20;
const PAGES = [100, 1_000] as const;
const MAX_MS = 150;
/** A median, because the machine does other things, too. */
const READS = 5;
const MAX_SEARCHES = 1_000;

type Worker = { readonly serverId: string; readonly batchGroup: string; candidates: Candidates };

/** Measures with a job of this number of tasks. Takes some minutes with 100,000. */
export function measureLists(tasks: number): Promise<Figure[]> {
  return withMeter({ engineUrl: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '' }, (meter) => {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = meter.url;
    return measureWith(meter, tasks);
  });
}

async function measureWith(meter: Meter, tasks: number): Promise<Figure[]> {
  const job = await createRecords(tasks, { countsBase: { Ready: tasks } });
  const workers = await Promise.all(Array.from({ length: SERVERS }, () => newWorker(job)));
  const figures: Figure[] = [];
  let done = 0;
  for (const [stage, until] of [
    ['begun', FEW],
    ['half done', tasks / 2],
    ['nearly done', tasks - FEW],
  ] as const) {
    done += await workThrough(job, workers, until - done);
    if (stage === 'nearly done') await failSome(job, workers[0], ERRORS);
    const now = await getJob(job.jobId);
    figures.push(...(await measureStage(meter, now, stage)));
    // Right after the write of a cancel, the tasks are as they were.
    const cancelled = { ...now, status: 'Cancelling' } as const;
    if (stage === 'begun') figures.push(...(await measureStage(meter, cancelled, 'cancelled')));
  }
  return figures;
}

async function measureStage(meter: Meter, job: Job, stage: string): Promise<Figure[]> {
  const { taskCounts: counts } = await taskCountsOf(job);
  const figures: Figure[] = [];
  for (const status of TASK_STATUSES) {
    for (const limit of PAGES) {
      const read = () => listTasks(job, { statuses: [status], limit });
      let found = 0;
      const { rcu } = spentOn(await meter.measure(async () => (found = (await read()).tasks.length)));
      const what = `${stage}: ${status}, a page of ${limit}`;
      figures.push(
        { what, measured: await medianMs(read), unit: 'ms', ...(limit === PAGES[0] && { atMost: MAX_MS }) },
        { what, measured: rcu, unit: 'RCU' },
        { what, measured: Math.min(limit, counts[status]) - found, unit: 'missing', atMost: 0 },
      );
    }
  }
  return figures;
}

async function medianMs(read: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  while (times.length < READS) {
    const startMs = performance.now();
    await read();
    times.push(performance.now() - startMs);
  }
  return quantile(times, 0.5);
}

/** The servers finish about as many tasks, each an equal part, and then keep their counts as processes of their own. */
async function workThrough(job: Job, workers: readonly Worker[], count: number): Promise<number> {
  let done = 0;
  for (const worker of workers) {
    const share = Math.round((count * (workers.indexOf(worker) + 1)) / workers.length) - done;
    done += await finishSome(worker, share);
    await goOnAsAnotherProcess(job);
  }
  return done;
}

async function finishSome(worker: Worker, count: number): Promise<number> {
  for (let done = 0; done < count; ) {
    const tasks = await claimSome(worker, Math.min(SLOTS, count - done));
    await Promise.all(tasks.map((task) => finishTask(task, undefined, new Date().toISOString())));
    done += tasks.length;
  }
  return count;
}

async function failSome(job: Job, worker: Worker | undefined, count: number): Promise<void> {
  if (!worker) return;
  for (const task of await claimSome(worker, count))
    await failTask(task, { name: 'Error', message: 'no' }, { now: new Date().toISOString() });
  await claimSome(worker, SLOTS);
  await goOnAsAnotherProcess(job);
}

async function claimSome(worker: Worker, count: number) {
  const { serverId } = worker;
  const keys = await findSome(worker, count);
  const claimer = { serverId, now: new Date().toISOString(), handlers: ['echo'] };
  const { tasks, claims } = await claimTogether(keys.map(newClaim), claimer);
  return (await readForStart(serverId, tasks, claims)).tasks;
}

/** A search looks at some shards only: near the end of a job it takes several from places by chance. */
async function findSome(worker: Worker, count: number): Promise<ReadyTaskKey[]> {
  for (let search = 0; search < MAX_SEARCHES; search += 1) {
    const keys = await worker.candidates.find(count, false);
    if (keys.length > 0) return keys;
    worker.candidates = new Candidates([worker.batchGroup]);
  }
  throw new Error('No Ready task was found.');
}

async function goOnAsAnotherProcess({ jobId }: Job): Promise<void> {
  await writeCounts();
  forgetTallies(jobId);
}

async function newWorker({ batchGroup }: Job): Promise<Worker> {
  const now = new Date().toISOString();
  const serverId = ulid();
  const started = { status: 'Active', startedAt: now, heartbeatAt: now } as const;
  await registerServer({ serverId, containerArn: 'none', batchGroups: [batchGroup], slots: SLOTS, ...started });
  return { serverId, batchGroup, candidates: new Candidates([batchGroup]) };
}
