/** How many tasks that do nothing are run in a second, from the request to the end of the last job, and what it takes. */
import type { Figure } from './figures.ts';
import type { Sent } from './meter.ts';
import { type BenchSystem, untilTold, withMeteredSystem, withSystem } from './system.ts';

const RUN_LIMIT_MS = 60_000;
const WARM_UP_TASKS = 200;

export type ThroughputOptions = {
  readonly port: number;
  readonly servers: number;
  readonly slots: number;
  readonly jobs: number;
  /** In each job. */
  readonly tasks: number;
  /** What each request to DynamoDB takes longer. If it is given, a relay counts the requests, and takes time itself. */
  readonly delayMs?: number;
};

/** Runs the jobs once, with what the system needs at first already done. */
export async function measureThroughput({ delayMs, ...of }: ThroughputOptions): Promise<Figure[]> {
  const { port, servers, slots, jobs, tasks } = of;
  const total = jobs * tasks;
  const what = `${jobs} × ${tasks} tasks, ${servers} × ${slots} slots`;
  const speed = (seconds: number) => ({ what, measured: total / seconds, unit: 'tasks/s' });
  if (delayMs === undefined)
    return withSystem({ port, servers, slots }, async (system) => {
      await runJobs(system, 1, WARM_UP_TASKS);
      return [speed(await timed(system, of))];
    });
  return withMeteredSystem({ port, servers, slots, delayMs }, async (system, meter) => {
    let seconds = 0;
    await runJobs(system, 1, WARM_UP_TASKS);
    const sent = await meter.measure(async () => {
      seconds = await timed(system, of);
    });
    return [speed(seconds), ...sentFigures(sent, total)];
  });
}

/** The rest of the requests are writes of submissions, and reads of functions. */
function sentFigures(sent: readonly Sent[], total: number): Figure[] {
  const on = (table: string, one: Sent) => one.tables.some((name) => name.endsWith(`-${table}`) || name === table);
  const per = (counts: (one: Sent) => boolean) => sent.filter(counts).length / total;
  const isSearch = ({ command }: Sent) => command === 'Query' || command === 'Scan';
  const isWrite = ({ command }: Sent) => command === 'UpdateItem' || command.endsWith(':UPDATE');
  const refused = sent.filter((one) => isWrite(one) && (on('tasks', one) || one.command !== 'UpdateItem'));
  const lost = refused.reduce((sum, { refusals }) => sum + refusals, 0) / total;
  return [
    { what: 'requests', measured: per(({ command }) => !command.endsWith(':INSERT')), unit: 'a task' },
    { what: 'writes of tasks that were refused: lost claims', measured: lost, unit: 'a task' },
    { what: 'requests that write', measured: per(isWrite), unit: 'a task' },
    { what: 'reads before a start', measured: per((one) => one.command === 'BatchGetItem'), unit: 'a task' },
    { what: 'searches of jobs', measured: per((one) => isSearch(one) && on('jobs', one)), unit: 'a task' },
    { what: 'searches of tasks', measured: per((one) => isSearch(one) && on('tasks', one)), unit: 'a task' },
  ];
}

async function timed(system: BenchSystem, { jobs, tasks }: Pick<ThroughputOptions, 'jobs' | 'tasks'>): Promise<number> {
  const started = performance.now();
  await runJobs(system, jobs, tasks);
  return (performance.now() - started) / 1_000;
}

/** The end of each job is read from its record, so that the poll of the reader does not count. */
async function runJobs(system: BenchSystem, jobs: number, each: number): Promise<void> {
  const body = { name: 'throughput', tasks: Array.from({ length: each }, () => ({ handler: 'echo' })) };
  const submitted = await Promise.all(Array.from({ length: jobs }, () => system.job('POST', '/jobs', body)));
  for (const { jobId } of submitted) await untilTold(system, jobId, { type: 'JobFinished', limitMs: RUN_LIMIT_MS });
}
