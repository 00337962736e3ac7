/** Ten hostile handlers beside an honest job: no server misses its heartbeats, and no honest task pays for them. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '#bench/figures';
import { until } from '#bench/system';
import { MISSED_HEARTBEATS } from '#domain/limits';
import { jobReplySchema, serverReplySchema } from '#domain/replies';
import { isFinalJob } from '#domain/statuses';
import { commandOf, processIds } from '#processes/process-table';
import { hostile, LEFT_SECONDS } from '#test/support/witness/hostile';
import { overlapsOf, readRuns } from '#test/support/witness/runs';
import { type Api, apiOf } from './api.ts';
import { type Host, withHost } from './host.ts';
import { listOf, readRecords } from './records.ts';
import { createTrail } from './trail.ts';

const HANDLERS = join(import.meta.dirname, '..', 'support', 'witness', 'hostile.ts');
const SERVERS = 2;
const HEARTBEAT_SECONDS = 2;
/** Half of the slots are for hostile tasks, and half for honest ones. */
const SLOTS = hostile.length;
const SETTINGS = [
  ...['--servers', String(SERVERS), '--slots', String(SLOTS), '--handlers', HANDLERS],
  ...['--heartbeat-seconds', String(HEARTBEAT_SECONDS)],
];
const HOSTILE_SECONDS = 5;
const HONEST_SECONDS = 1;
const LOOK_MS = 250;
const END_LIMIT_MS = 120_000;

type Given = { readonly port: number; readonly minutes: number; readonly log?: string };

/** Runs hostile tasks for some minutes, ten in each round, with honest ones beside them. */
export async function runHostile({ minutes, ...given }: Given): Promise<Figure[]> {
  const trail = createTrail(given.log);
  return withHost({ ...given, settings: SETTINGS }, async (host) => {
    const api = await apiOf(host, trail);
    const untilMs = Date.now() + minutes * 60_000;
    let longestMs = 0;
    while (Date.now() < untilMs) {
      await submitRound(api, host);
      for (const endMs = Date.now() + HOSTILE_SECONDS * 1_000; Date.now() < endMs; await sleep(LOOK_MS))
        longestMs = Math.max(longestMs, await longestSilenceMs(api));
    }
    await until(
      () => api.read('/jobs?limit=1000', listOf(jobReplySchema)),
      (jobs) => jobs?.items.every(({ status }) => isFinalJob(status)) ?? false,
      END_LIMIT_MS,
    );
    return [
      {
        what: 'longest silence',
        measured: longestMs / 1_000,
        unit: 's',
        atMost: MISSED_HEARTBEATS * HEARTBEAT_SECONDS,
      },
      ...(await figuresOf(api, host)),
      { what: 'processes left', measured: countLeft(), unit: '', atMost: 0 },
    ];
  });
}

async function submitRound(api: Api, { witnessFile: file }: Host): Promise<void> {
  const submit = (name: string, tasks: object[]) =>
    api.call({ action: 'submit', method: 'POST', path: '/jobs', body: { name, tasks } });
  const harm = hostile.map(({ name: handler }) => ({ handler, timeoutSeconds: HOSTILE_SECONDS, restartable: true }));
  const input = { file, kind: 'sleep', seconds: HONEST_SECONDS };
  await submit('hostile', harm);
  await submit(
    'honest',
    Array.from({ length: SLOTS }, () => ({ handler: 'witness.isolated', input })),
  );
}

async function longestSilenceMs(api: Api): Promise<number> {
  const servers = (await api.read('/servers', listOf(serverReplySchema)))?.items ?? [];
  const active = servers.filter(({ status }) => status === 'Active');
  return Math.max(0, ...active.map(({ heartbeatAt }) => Date.now() - Date.parse(heartbeatAt)));
}

async function figuresOf(api: Api, host: Host): Promise<Figure[]> {
  const { jobs } = await readRecords(api);
  const servers = (await api.read('/servers', listOf(serverReplySchema)))?.items ?? [];
  const attemptsOf = (name: string) =>
    jobs.filter(({ job }) => job.name === name).flatMap(({ tasks }) => tasks.flatMap(({ attempts }) => attempts));
  const honest = attemptsOf('honest');
  return [
    { what: 'hostile attempts', measured: attemptsOf('hostile').length, unit: '' },
    { what: 'honest attempts', measured: honest.length, unit: '' },
    {
      what: 'honest attempts that did not finish',
      measured: honest.filter(({ outcome }) => outcome !== 'Finished').length,
      unit: '',
      atMost: 0,
    },
    { what: 'runs that overlap', measured: overlapsOf(readRuns(host.witnessFile)).length, unit: '', atMost: 0 },
    { what: 'servers lost or stopped', measured: servers.length - SERVERS, unit: '', atMost: 0 },
  ];
}

/** How many of the programs that hostile handlers have left behind still run. */
function countLeft(): number {
  return [...processIds()].filter((id) => commandOf(id).includes(LEFT_SECONDS)).length;
}
