/** A large job by hand of the API: submitted in several requests, run in part, read page by page, cancelled. */
import { z } from 'zod';
import type { Figure } from './figures.ts';
import { type Sent, spentOn } from './meter.ts';
import { type BenchJob, type BenchSystem, until, untilTold, withMeteredSystem } from './system.ts';

const TASKS_PER_REQUEST = 10_000;
const PAGE_TASKS = 1_000;
const RUN_BEFORE_CANCEL = 500;
const RUN_LIMIT_MS = 120_000;
const WRITES = /^(UpdateItem$|BatchExecuteStatement)/;
/** For each thousand tasks; a slow machine passes over a hundred a second. */
const PASS_LIMIT_MS = 10_000;

const writingSchema = z.looseObject({ writing: z.unknown().optional() });

/** Runs it with this number of tasks. Takes some minutes with 100,000. */
export function measureLargeJob(port: number, tasks: number): Promise<Figure[]> {
  return withMeteredSystem({ port }, async (system, meter) => {
    const submission = await timed(() => submit(system, tasks));
    const { jobId } = submission.value;
    await system.call('POST', `/jobs/${jobId}/release`);
    await untilRun(system, jobId);
    const page = await timed(() => system.call('GET', `/jobs/${jobId}/tasks?limit=${PAGE_TASKS}`));
    const read = await timed(() => system.job('GET', `/jobs/${jobId}`));

    let cancel = { seconds: 0 };
    const started = performance.now();
    const sent = await meter.measure(async () => {
      cancel = await timed(() => system.job('POST', `/jobs/${jobId}/cancel`, { reason: 'bench' }));
      const limitMs = RUN_LIMIT_MS + (tasks / 1_000) * PASS_LIMIT_MS;
      await untilTold(system, jobId, { type: 'JobCancelled', limitMs });
    });
    const passSeconds = (performance.now() - started) / 1_000;
    const { taskCounts } = await system.job('GET', `/jobs/${jobId}`);
    const dropped = taskCounts.NotRun ?? 0;
    return [
      { what: `submit ${tasks} tasks`, measured: tasks / submission.seconds, unit: 'tasks/s' },
      { what: 'read the job', measured: read.seconds * 1_000, unit: 'ms' },
      { what: `read a page of ${PAGE_TASKS} tasks`, measured: page.seconds * 1_000, unit: 'ms' },
      { what: 'tasks that ran', measured: tasks - dropped, unit: 'tasks' },
      { what: 'cancel, until accepted', measured: acceptance(sent), unit: 'WCU', atMost: 3 },
      { what: 'cancel, until answered', measured: cancel.seconds * 1_000, unit: 'ms', atMost: 500 },
      ...passFigures(sent, dropped),
      { what: 'the whole pass', measured: dropped / passSeconds, unit: 'tasks/s' },
    ];
  });
}

/** The first write after the call is the job's, and is the acceptance. */
function acceptance(sent: readonly Sent[]): number {
  const isOfJobs = (table: string) => table.endsWith('-jobs') || table === 'jobs';
  return sent.find(({ tables, wcu }) => wcu > 0 && tables.some(isOfJobs))?.wcu ?? Infinity;
}

/** All that is sent to the tasks' table until the job has ended: what others read meanwhile is counted with it. */
function passFigures(sent: readonly Sent[], dropped: number): Figure[] {
  const writes = sent.filter(({ command, tables }) => WRITES.test(command) && (tables.length === 0 || isTasks(tables)));
  const { wcu, requests } = spentOn(writes, dropped);
  return [
    { what: 'the whole pass, a task', measured: wcu, unit: 'WCU', atMost: 3 },
    { what: 'the whole pass, a task', measured: requests, unit: 'requests', atMost: 2 / 25 },
    { what: 'the whole pass, reads and all', measured: spentOn(sent, dropped).rcu, unit: 'RCU' },
  ];
}

function isTasks(tables: readonly string[]): boolean {
  return tables.some((table) => table.endsWith('-tasks'));
}

async function submit(system: BenchSystem, tasks: number): Promise<BenchJob> {
  const first = Math.min(tasks, TASKS_PER_REQUEST);
  const job = await system.job('POST', '/jobs', { name: 'large', hold: true, tasks: echoes(first) });
  for (let there = first; there < tasks; there += TASKS_PER_REQUEST) {
    const more = echoes(Math.min(TASKS_PER_REQUEST, tasks - there));
    await untilWritten(system, job.jobId);
    await system.call('POST', `/jobs/${job.jobId}/tasks`, { tasks: more });
  }
  await untilWritten(system, job.jobId);
  return job;
}

/** What a request cannot write in its time is written after its reply. */
async function untilWritten(system: BenchSystem, jobId: string): Promise<void> {
  const read = async () => writingSchema.parse(await system.call('GET', `/jobs/${jobId}`));
  await until(read, ({ writing }) => writing === undefined, RUN_LIMIT_MS);
}

/** Counts of a large job are not of this moment: some more will have run. */
async function untilRun(system: BenchSystem, jobId: string): Promise<void> {
  const read = () => system.job('GET', `/jobs/${jobId}`);
  await until(read, ({ taskCounts }) => (taskCounts.Finished ?? 0) >= RUN_BEFORE_CANCEL, RUN_LIMIT_MS);
}

function echoes(count: number): object[] {
  return Array.from({ length: count }, () => ({ handler: 'echo' }));
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  const started = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - started) / 1_000 };
}
