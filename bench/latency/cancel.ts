/** How soon a cancel is answered while a server runs short tasks as fast as it can. */
import { type Figure, quantile } from '#bench/figures';
import { type BenchSystem, until, withSystem } from '#bench/system';

const SLOTS = 8;
const JOBS = 20;
/** So many tasks have run when the job is cancelled: the server is at full speed. */
const RUN_BEFORE = 500;
const LIMIT_MS = 120_000;

/** Cancels one job of this number of tasks after the other. The first call of a system is slower: its code is cold. */
export function measureCancel(port: number, tasks: number): Promise<Figure[]> {
  return withSystem({ port, servers: 1, slots: SLOTS }, async (system) => {
    const first = await cancelRunning(system, tasks);
    const times: number[] = [];
    for (let run = 0; run < JOBS; run += 1) times.push(await cancelRunning(system, tasks));
    return [
      { what: 'cancel answered, the first', measured: first, unit: 'ms' },
      { what: `cancel answered, p50 of the next ${JOBS}`, measured: quantile(times, 0.5), unit: 'ms' },
      { what: 'the same, p95', measured: quantile(times, 0.95), unit: 'ms', atMost: 60 },
    ];
  });
}

async function cancelRunning(system: BenchSystem, tasks: number): Promise<number> {
  const body = { name: 'cancel', tasks: Array.from({ length: tasks }, () => ({ handler: 'echo' })) };
  const { jobId } = await system.job('POST', '/jobs', body);
  const read = () => system.job('GET', `/jobs/${jobId}`);
  await until(read, ({ taskCounts }) => (taskCounts.Finished ?? 0) >= RUN_BEFORE, LIMIT_MS);
  const askedMs = performance.now();
  await system.call('POST', `/jobs/${jobId}/cancel`, { reason: 'bench' });
  const tookMs = performance.now() - askedMs;
  await until(read, ({ status }) => status === 'Cancelled', LIMIT_MS);
  return tookMs;
}
