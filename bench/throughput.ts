/** How many short tasks two servers of four slots run in a second, from the claim to the record of their end. */
import type { Figure } from './figures.ts';
import { type BenchSystem, untilTold, withSystem } from './system.ts';

const JOBS = 4;
const RUN_LIMIT_MS = 300_000;

/** Runs this number of `echo` tasks in four jobs. */
export function measureThroughput(port: number, tasks: number): Promise<Figure[]> {
  return withSystem({ port }, async (system) => {
    const each = Math.ceil(tasks / JOBS);
    const body = { name: 'throughput', hold: true, tasks: Array.from({ length: each }, () => ({ handler: 'echo' })) };
    const jobs = await Promise.all(Array.from({ length: JOBS }, () => system.job('POST', '/jobs', body)));
    const started = performance.now();
    await Promise.all(jobs.map(({ jobId }) => system.call('POST', `/jobs/${jobId}/release`)));
    const ended = await Promise.all(jobs.map(({ jobId }) => untilFinished(system, jobId)));
    const lastMs = Math.max(...ended.map(({ endedAt = '' }) => Date.parse(endedAt)));
    const firstMs = Math.min(...ended.map(({ startedAt = '' }) => Date.parse(startedAt)));
    const seconds = (lastMs - firstMs) / 1_000;
    return [
      {
        what: `${JOBS} jobs of ${each} echo tasks on 2 servers of 4 slots`,
        measured: (each * JOBS) / seconds,
        unit: 'tasks/s',
      },
      {
        what: 'from the release to the first start',
        measured: (firstMs - performance.timeOrigin - started) / 1_000,
        unit: 's',
      },
      { what: 'from the first start to the last end', measured: seconds, unit: 's' },
    ];
  });
}

async function untilFinished(system: BenchSystem, jobId: string) {
  await untilTold(system, jobId, { type: 'JobFinished', limitMs: RUN_LIMIT_MS });
  return system.job('GET', `/jobs/${jobId}`);
}
