/** What the servers hold now. */
import type { Holdings } from '#domain/aborts/planning';
import { isAlive } from '#domain/servers/server';
import type { Task } from '#domain/tasks/task';
import { readItems } from '#store/dynamodb/read';
import { inParallel } from '#store/in-parallel';
import { toJobs } from '#store/jobs';
import { heldTasks } from '#store/tasks';
import { listServers } from './list-servers.ts';

const SERVERS_AT_ONCE = 8;

/**
 * All servers that have a record, the tasks of each live server, and the jobs of these. Malformed records are logged
 * and left out. The cost of `listServers`, 0.5 RCU a live server, 1 for each task held and each job.
 */
export async function readHoldings(): Promise<Holdings> {
  const servers = await listServers();
  const held = new Map<string, Task[]>();
  await inParallel(servers.filter(isAlive), SERVERS_AT_ONCE, async ({ serverId }) =>
    held.set(serverId, await heldTasks(serverId)),
  );
  const jobIds = [...new Set([...held.values()].flat().map((task) => task.jobId))];
  const found = await readItems(jobIds.map((jobId) => ({ table: 'jobs', key: { jobId } })));
  const jobs = toJobs(found.map(({ item }) => item));
  return { servers, held, jobs: new Map(jobs.map((job) => [job.jobId, job])) };
}

/**
 * The job's tasks that live servers hold now, by server; servers without any are left out, and so are malformed
 * records, which are logged. The cost of `listServers`, 0.5 RCU a live server, and 1 for each task held, also of other
 * jobs.
 */
export async function heldOfJob(jobId: string): Promise<Map<string, Task[]>> {
  const held = new Map<string, Task[]>();
  await inParallel((await listServers()).filter(isAlive), SERVERS_AT_ONCE, async ({ serverId }) => {
    const tasks = (await heldTasks(serverId)).filter((task) => task.jobId === jobId);
    if (tasks.length > 0) held.set(serverId, tasks);
  });
  return held;
}
