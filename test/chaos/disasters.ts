/** What befalls a system, at random: servers and whole machines that die, containers that AWS stops, a service that is scaled. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ECSClient, ListTasksCommand, StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { type Host, SERVERS } from './host.ts';
import { enginePids, serverPids } from './processes.ts';
import type { Random } from './random.ts';
import type { Trail } from './trail.ts';

const CLUSTER = 'lastcall';
const SERVICE = 'batch-server';
/** The longest pause between two disasters is drawn once for a trial: in some all goes well for long, in others nothing does. */
const MAX_PAUSES_MS = [4_000, 8_000, 12_000, 20_000];
const MAX_DOWN_MS = 5_000;
const MIN_PAUSED_MS = 500;
/** Longer than three heartbeats. */
const MAX_PAUSED_MS = 6_000;
/** Half of the disasters come while one of these is under way. */
const AIMED_SHARE = 0.5;
const AIMS = ['submit', 'cancel', 'abort', 'abort', 'withdraw', 'requeue', 'tasks', 'release', 'hold'];
const AIM_LIMIT_MS = 8_000;
const MAX_UNDER_WAY_MS = 150;
const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

type Struck = { readonly host: Host; readonly random: Random; readonly trail: Trail; readonly ecs: ECSClient };

/** Strikes until the signal says that it is enough; the service then has as many servers as in the beginning. */
export async function strike(given: Omit<Struck, 'ecs'>, enough: AbortSignal): Promise<void> {
  const ecs = new ECSClient({ endpoint: `http://127.0.0.1:${given.host.port + 3}`, ...LOCAL });
  const struck = { ...given, ecs };
  const maxPauseMs = given.random.pick(MAX_PAUSES_MS);
  try {
    while (!enough.aborted) {
      await sleep(given.random.whole(0, maxPauseMs), undefined, { signal: enough }).catch(() => undefined);
      if (given.random.chance(AIMED_SHARE)) await aim(struck);
      if (!enough.aborted) await given.random.weighted(DISASTERS)(struck);
    }
    await scaleTo(struck, SERVERS);
  } finally {
    ecs.destroy();
  }
}

/** Waits until somebody has just begun something. */
async function aim({ random, trail }: Struck): Promise<void> {
  await trail.nextSent(random.pick(AIMS), AIM_LIMIT_MS);
  await sleep(random.whole(0, MAX_UNDER_WAY_MS));
}

/** The process alone, or with all that it has started. */
async function killServer(struck: Struck): Promise<void> {
  const isGroup = struck.random.chance(0.5);
  for (const pid of oneOf(struck, serverPids(struck.host.port)))
    signal(struck, { pid: isGroup ? -pid : pid, name: 'SIGKILL', what: `a server${isGroup ? ' with its group' : ''}` });
}

/** It does nothing for a while, and does not know: meanwhile it may have been taken for lost. */
async function pauseServer(struck: Struck): Promise<void> {
  await pause(struck, 'a server', oneOf(struck, serverPids(struck.host.port)));
}

/** Nobody is answered for a while, and what was asked is done all the same. */
async function pauseEngine(struck: Struck): Promise<void> {
  await pause(struck, 'DynamoDB', enginePids(struck.host.port));
}

async function pause(struck: Struck, what: string, pids: readonly number[]): Promise<void> {
  for (const pid of pids) signal(struck, { pid, name: 'SIGSTOP', what });
  await sleep(struck.random.whole(MIN_PAUSED_MS, MAX_PAUSED_MS));
  for (const pid of pids) signal(struck, { pid, name: 'SIGCONT', what });
}

function oneOf({ random }: Struck, pids: readonly number[]): number[] {
  return pids.length === 0 ? [] : [random.pick(pids)];
}

function signal({ trail }: Struck, { pid, name, what }: { pid: number; name: NodeJS.Signals; what: string }): void {
  try {
    process.kill(pid, name);
    trail.count(`${name} to ${what}`, 'done', { pid });
  } catch (error) {
    trail.count(`${name} to ${what}`, 'too late', { pid, error: `${error}` });
  }
}

async function stopContainer({ ecs, random, trail }: Struck): Promise<void> {
  const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: CLUSTER }));
  if (taskArns.length === 0) return;
  const task = random.pick(taskArns);
  await ecs.send(new StopTaskCommand({ cluster: CLUSTER, task, reason: 'chaos' }));
  trail.count('StopTask', 'done', { task });
}

async function scale(struck: Struck): Promise<void> {
  await scaleTo(struck, struck.random.whole(1, SERVERS + 1));
}

async function scaleTo({ ecs, trail }: Struck, desiredCount: number): Promise<void> {
  await ecs.send(new UpdateServiceCommand({ cluster: CLUSTER, service: SERVICE, desiredCount }));
  trail.count('UpdateService', 'done', { desiredCount });
}

async function crash({ host, random, trail }: Struck): Promise<void> {
  trail.count('SIGKILL to the whole system', 'done');
  await host.crash(random.whole(0, MAX_DOWN_MS));
}

const DISASTERS: readonly (readonly [number, (struck: Struck) => Promise<void>])[] = [
  [5, killServer],
  [3, pauseServer],
  [1, pauseEngine],
  [3, stopContainer],
  [2, scale],
  [3, crash],
];
