/** Pauses of the store under busy servers: they cost time, and nothing else. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '#bench/figures';
import { until } from '#bench/system';
import { jobReplySchema, serverReplySchema } from '#domain/replies';
import { isFinalJob } from '#domain/statuses';
import { overlapsOf, readRuns, release } from '#test/support/witness/runs';
import { type Api, apiOf } from './api.ts';
import { type Host, withHost } from './host.ts';
import { listOf, readRecords } from './records.ts';
import { createTrail } from './trail.ts';

const SERVERS = 4;
const SLOTS = 4;
const HEARTBEAT_SECONDS = 2;
const SETTINGS = ['--servers', String(SERVERS), '--slots', String(SLOTS)];
/** Tasks that run through all pauses take half of the slots; short ones come and go in the others. */
const LONG_TASKS = (SERVERS * SLOTS) / 2;
const SHORT_TASKS = 1_000;
/** Before and after a pause: the reaper's looks that could take a server for lost. */
const CALM_MS = 15 * HEARTBEAT_SECONDS * 1_000;
const LIMIT_MS = 300_000;

type Given = {
  readonly port: number;
  readonly seconds: readonly number[];
  readonly log?: string;
  readonly likeAws?: boolean;
};

/** Pauses DynamoDB for each number of seconds in turn, under four servers with full slots. */
export async function runPauses({ seconds, ...given }: Given): Promise<Figure[]> {
  const settings = [...SETTINGS, '--heartbeat-seconds', String(HEARTBEAT_SECONDS)];
  const trail = createTrail(given.log);
  return withHost({ ...given, settings }, async (host) => {
    const api = await apiOf(host, trail);
    await submit(api, host, LONG_TASKS, { kind: 'held' });
    await submit(api, host, SHORT_TASKS, { kind: 'sleep', seconds: 1 });
    await until(
      async () => readRuns(host.witnessFile).length,
      (runs) => runs > SERVERS * SLOTS,
      LIMIT_MS,
    );
    const figures: Figure[] = [];
    for (const each of seconds) figures.push(...(await pauseStore(api, host, each)));
    release(host.witnessFile);
    await until(
      () => api.read('/jobs', listOf(jobReplySchema)),
      (jobs) => jobs?.items.every(({ status }) => isFinalJob(status)) ?? false,
      LIMIT_MS,
    );
    return [...figures, ...(await attempts(api, host))];
  });
}

async function submit(api: Api, { witnessFile: file }: Host, count: number, input: object): Promise<void> {
  const tasks = Array.from({ length: count }, () => ({ handler: 'witness', input: { file, ...input } }));
  await api.call({ action: 'submit', method: 'POST', path: '/jobs', body: { name: 'pauses', tasks } });
}

async function pauseStore(api: Api, host: Host, seconds: number): Promise<Figure[]> {
  const { engine } = host.pids();
  for (const pid of engine) process.kill(pid, 'SIGSTOP');
  await sleep(seconds * 1_000);
  const before = readRuns(host.witnessFile).length;
  for (const pid of engine) process.kill(pid, 'SIGCONT');
  const resumedMs = performance.now();
  await until(
    async () => readRuns(host.witnessFile).length,
    (runs) => runs > before,
    LIMIT_MS,
  );
  const after = (performance.now() - resumedMs) / 1_000;
  await sleep(CALM_MS);
  const servers = (await api.read('/servers', listOf(serverReplySchema)))?.items ?? [];
  const what = `pause of ${seconds} s`;
  return [
    { what: `${what}: servers lost`, measured: servers.filter(({ lostAt }) => lostAt).length, unit: '', atMost: 0 },
    { what: `${what}: servers at work`, measured: servers.filter((each) => each.status === 'Active').length, unit: '' },
    { what: `${what}: until tasks start again`, measured: after, unit: 's' },
  ];
}

async function attempts(api: Api, host: Host): Promise<Figure[]> {
  const { jobs } = await readRecords(api);
  const all = jobs.flatMap(({ tasks }) => tasks.flatMap((task) => task.attempts));
  const bad = all.filter(({ outcome }) => outcome !== 'Finished');
  return [
    { what: 'attempts', measured: all.length, unit: '' },
    { what: 'attempts that did not finish', measured: bad.length, unit: '', atMost: 0 },
    { what: 'runs that overlap', measured: overlapsOf(readRuns(host.witnessFile)).length, unit: '', atMost: 0 },
  ];
}
