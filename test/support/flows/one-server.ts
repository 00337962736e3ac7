/** Makes a test's tasks run side by side on one server, however many servers and slots there are. */

import { ABORT_LIMIT_MS, onlyTask } from './aborts.ts';
import { type AnySystem, countFreeSlots } from './any-system.ts';
import { cancelJob, readServers, type Server, submitJob, type Task, untilFinal } from './records.ts';
import { atTheEnd, eventually } from './system.ts';

/** Keeps a slot until it is cancelled, and then ends at once. */
const KEEPER = { taskId: 'only', handler: 'sleep', input: { seconds: 3_600, cooperative: true } };
const MAX_SLOTS = 200;
const LIMIT = { limitMs: 30_000 };

export type OneServer = {
  /**
   * The server that claims what is submitted next: the first one, or its replacement. Undefined while there is neither.
   */
  find(): Promise<Server | undefined>;
  /** Returns when it or its replacement is at work, and no other server has a free slot. */
  untilReady(): Promise<void>;
  /** A task that runs on one of the other servers until its job is cancelled. */
  readonly elsewhere: Task;
  /** Lets the other servers claim tasks again; `elsewhere` runs on. */
  release(): Promise<void>;
};

/** Takes all slots of all servers but one; they are free again before the next suite begins. */
export async function useOneServer(system: AnySystem): Promise<OneServer> {
  const tasks = await takeAllSlots(system);
  const byServer = [...Map.groupBy(tasks, ({ serverId = '' }) => serverId).values()];
  const [here = [], ...others] = byServer.sort((a, b) => b.length - a.length);
  const [elsewhere, ...keepers] = others.flat();
  if (here.length < 2 || elsewhere === undefined)
    throw new Error('Others use the system too much: no two slots of a server are free.');
  await endAll(system, here);
  atTheEnd(() => untilAllEnded(system, [elsewhere, ...keepers]));
  const busy = new Set([elsewhere, ...keepers].map(({ serverId = '' }) => serverId));
  const find: OneServer['find'] = async () =>
    (await readServers(system)).find(({ serverId, status }) => status !== 'Stopped' && !busy.has(serverId));
  return {
    elsewhere,
    find,
    async untilReady() {
      const server = await eventually(async () => activeOnly(await find()), { limitMs: ABORT_LIMIT_MS });
      if ((await countFreeSlots(system, busy)) === 0) return;
      const more = await takeAllSlots(system);
      keepers.push(...more.filter(({ serverId }) => serverId !== server.serverId));
      await endAll(
        system,
        more.filter(({ serverId }) => serverId === server.serverId),
      );
    },
    release: () => endAll(system, keepers),
  };
}

function activeOnly(server: Server | undefined): Server | undefined {
  return server?.status === 'Active' ? server : undefined;
}

/** Also those that become free meanwhile: of a server that has just started, or of a task that has ended. */
async function takeAllSlots(system: AnySystem): Promise<Task[]> {
  const tasks: Task[] = [];
  for (let free = await countFreeSlots(system); free > 0; free = await countFreeSlots(system)) {
    if (tasks.length + free > MAX_SLOTS) throw new Error(`The system has more free slots than ${MAX_SLOTS}.`);
    tasks.push(...(await takeSlots(system, free)));
  }
  return tasks;
}

async function takeSlots(system: AnySystem, count: number): Promise<Task[]> {
  const job = { name: 'keeps a slot', priority: 'Critical', tasks: [KEEPER] };
  const jobs = await Promise.all(Array.from({ length: count }, () => submitJob(system, job)));
  return await eventually(async () => {
    const tasks = await Promise.all(jobs.map(({ jobId }) => onlyTask(system, jobId)));
    const waiting = tasks.filter(({ serverId }) => serverId === undefined).length;
    if (waiting === 0) return tasks;
    throw new Error(`${waiting} of the ${count} slots that were free are taken by others.`);
  }, LIMIT);
}

async function endAll(system: AnySystem, tasks: readonly Task[]): Promise<void> {
  await Promise.all(tasks.map(({ jobId }) => cancelJob(system, jobId)));
  await untilAllEnded(system, tasks);
}

async function untilAllEnded(system: AnySystem, tasks: readonly Task[]): Promise<void> {
  await Promise.all(tasks.map(({ jobId }) => untilFinal(system, jobId, LIMIT.limitMs)));
}
