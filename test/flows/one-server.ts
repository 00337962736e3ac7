/** Has a test's tasks run side by side on one server, of however many servers with however many slots. */
import { type AnySystem, countFreeSlots } from './any-system.ts';
import { cancelJob, readServers, type Server, submitJob, type Task, untilFinal } from './records.ts';
import { onlyTask } from './server-aborts.ts';
import { eventually } from './system.ts';

/** Keeps a slot until it is cancelled, and then ends at once. */
const KEEPER = { taskId: 'only', handler: 'sleep', input: { seconds: 3_600, cooperative: true } };
const MAX_SLOTS = 200;
const LIMIT = { limitMs: 30_000 };

export type OneServer = {
  /** The one that takes what is submitted next, be it that server or the one that has replaced it; undefined while neither is there. */
  find(): Promise<Server | undefined>;
  /** A task that runs on one of the other servers until its job is cancelled. */
  readonly elsewhere: Task;
  /** Has the other servers take tasks again; `elsewhere` runs on. */
  release(): Promise<void>;
};

/** Takes all slots of all servers but one. */
export async function useOneServer(system: AnySystem): Promise<OneServer> {
  const tasks = await takeAllSlots(system);
  const byServer = [...Map.groupBy(tasks, ({ serverId = '' }) => serverId).values()];
  const [here = [], [elsewhere, ...others] = [], ...further] = byServer.sort((a, b) => b.length - a.length);
  if (here.length < 2 || elsewhere === undefined)
    throw new Error('Others use the system too much: no two slots of a server are free.');
  await endAll(system, here);
  const busy = new Set([elsewhere, ...others, ...further.flat()].map(({ serverId }) => serverId));
  return {
    elsewhere,
    find: async () =>
      (await readServers(system)).find(({ serverId, status }) => status !== 'Stopped' && !busy.has(serverId)),
    release: () => endAll(system, [...others, ...further.flat()]),
  };
}

/** Also those that come while others are taken: of a server that has just started, or of a task that has ended. */
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
  await eventually(async () => {
    const running = new Set((await readServers(system)).flatMap((server) => server.running.map(({ jobId }) => jobId)));
    const waiting = jobs.filter(({ jobId }) => !running.has(jobId)).length;
    if (waiting === 0) return true;
    throw new Error(`${waiting} of the ${count} slots that were free are somebody else's.`);
  }, LIMIT);
  return await Promise.all(jobs.map(({ jobId }) => onlyTask(system, jobId)));
}

async function endAll(system: AnySystem, tasks: readonly Task[]): Promise<void> {
  await Promise.all(tasks.map(({ jobId }) => cancelJob(system, jobId)));
  await Promise.all(tasks.map(({ jobId }) => untilFinal(system, jobId, LIMIT.limitMs)));
}
