/** What befalls a system, at random: servers and whole machines that die, containers that AWS stops, a service that is scaled. */
import { setTimeout as wait } from 'node:timers/promises';
import { ECSClient, ListTasksCommand, StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { type Host, SERVERS } from './host.ts';
import { serverPids } from './processes.ts';
import type { Random } from './random.ts';
import type { Trail } from './trail.ts';

const CLUSTER = 'lastcall';
const SERVICE = 'batch-server';
/** The longest pause between two disasters is drawn once for a trial: in some all goes well for long, in others nothing does. */
const MAX_PAUSES_MS = [4_000, 8_000, 12_000, 20_000];
const MAX_DOWN_MS = 5_000;
const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

type Struck = { readonly host: Host; readonly random: Random; readonly trail: Trail; readonly ecs: ECSClient };

/** Strikes until the signal says that it is enough; the service then has as many servers as in the beginning. */
export async function strike(given: Omit<Struck, 'ecs'>, enough: AbortSignal): Promise<void> {
  const ecs = new ECSClient({ endpoint: `http://127.0.0.1:${given.host.port + 3}`, ...LOCAL });
  const struck = { ...given, ecs };
  const maxPauseMs = given.random.pick(MAX_PAUSES_MS);
  try {
    while (!enough.aborted) {
      await wait(given.random.whole(0, maxPauseMs), undefined, { signal: enough }).catch(() => undefined);
      if (!enough.aborted) await given.random.weighted(DISASTERS)(struck);
    }
    await scaleTo(struck, SERVERS);
  } finally {
    ecs.destroy();
  }
}

/** The process alone, or with all that it has started. */
async function killServer({ host, random, trail }: Struck): Promise<void> {
  const pids = serverPids(host.port);
  if (pids.length === 0) return;
  const pid = random.pick(pids);
  const isGroup = random.chance(0.5);
  trail.count('kill -9 of a server', isGroup ? 'with its group' : 'alone', { pid });
  try {
    process.kill(isGroup ? -pid : pid, 'SIGKILL');
  } catch (error) {
    trail.count('kill -9 of a server', 'too late', { error: `${error}` });
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
  trail.count('kill -9 of the whole system', 'done');
  await host.crash(random.whole(0, MAX_DOWN_MS));
}

const DISASTERS: readonly (readonly [number, (struck: Struck) => Promise<void>])[] = [
  [5, killServer],
  [3, stopContainer],
  [2, scale],
  [2, crash],
];
