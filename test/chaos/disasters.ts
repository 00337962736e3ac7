/**
 * What befalls a system, at random: servers and whole machines that die or stand still, a store that does, containers
 * that AWS stops, a service that is scaled.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ECSClient, ListTasksCommand, StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { type Host, SERVERS } from './host.ts';
import type { Random } from './random.ts';
import type { Trail } from './trail.ts';

const CLUSTER = 'lastcall';
const SERVICE = 'batch-server';
/**
 * The longest pause between two disasters is drawn once for a trial: in some all goes well for long, in others nothing
 * does.
 */
const MAX_PAUSES_MS = [4_000, 8_000, 12_000, 20_000];
const MAX_DOWN_MS = 5_000;
const MIN_PAUSED_MS = 500;
/** Longer than a server has until it is taken for lost. */
const MAX_PAUSED_MS = 12_000;
/** How much later than all others the servers go on after a pause of everything. */
const SERVERS_LATER_MS = 100;
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

/** Waits until a user has just begun an act. */
async function aim({ random, trail }: Struck): Promise<void> {
  await trail.nextSent(random.pick(AIMS), AIM_LIMIT_MS);
  await sleep(random.whole(0, MAX_UNDER_WAY_MS));
}

/** The process alone, or with all that it has started. */
async function killServer(struck: Struck): Promise<void> {
  const isGroup = struck.random.chance(0.5);
  for (const pid of oneOf(struck, struck.host.pids().servers))
    signal(struck, { pid: isGroup ? -pid : pid, name: 'SIGKILL', what: `a server${isGroup ? ' with its group' : ''}` });
}

/** It does nothing for a while, and does not know: meanwhile it may have been taken for lost. */
async function pauseServer(struck: Struck): Promise<void> {
  await pause(struck, 'a server', oneOf(struck, struck.host.pids().servers));
}

/** For a while no call is answered, but all of them take effect. */
async function pauseEngine(struck: Struck): Promise<void> {
  await pause(struck, 'DynamoDB', struck.host.pids().engine);
}

/** The machine stands still, and the servers go on last. */
async function pauseAll(struck: Struck): Promise<void> {
  const { host, engine, servers } = struck.host.pids();
  const rest = [...host, ...engine];
  for (const pid of [...servers, ...rest]) signal(struck, { pid, name: 'SIGSTOP', what: 'everything' });
  await sleep(struck.random.whole(MIN_PAUSED_MS, MAX_PAUSED_MS));
  for (const pid of rest) signal(struck, { pid, name: 'SIGCONT', what: 'everything' });
  await sleep(SERVERS_LATER_MS);
  for (const pid of servers) signal(struck, { pid, name: 'SIGCONT', what: 'everything' });
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
  [2, pauseEngine],
  [1, pauseAll],
  [3, stopContainer],
  [2, scale],
  [3, crash],
];
