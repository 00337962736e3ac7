import { jobsOf, type Waiting, waitingOf } from '#domain/jobs/waiting';
import type { Server } from '#domain/servers/server';
import { isFinalJob } from '#domain/statuses';
import { heardServers } from '#engine/servers/heard-servers';
import { mapInParallel } from '#store/in-parallel';
import { getJob } from '#store/jobs';
import { openTask, someOpenTasks } from '#store/reads/open-tasks';
import { heldTasks } from '#store/tasks';

/** Enough to see which jobs take the slots. */
const MAX_SERVERS_SHOWN = 10;
const SERVERS_AT_ONCE = 5;

/**
 * What the job and its open tasks wait for, or this one task; of a large job some tasks are looked at. It changes
 * nothing. 1 RCU for a job that has ended, else also the cost of `someOpenTasks` or `openTask`, and of `heardServers`;
 * if all slots are taken, that of `heldTasks` of at most 10 servers.
 * @throws Refusal NotFound
 * @throws MalformedRecord
 */
export async function listWaiting(jobId: string, taskId?: string): Promise<Waiting[]> {
  const job = await getJob(jobId);
  const one = taskId === undefined ? undefined : await openTask(job, taskId);
  if (isFinalJob(job.status)) return [];
  const now = new Date().toISOString();
  const looked = one ? { tasks: [one.task], open: one.open } : { tasks: await someOpenTasks(job) };
  const servers = await heardServers(now);
  const waits = waitingOf({ job, ...looked, servers, now });
  return waits.some((wait) => wait.for === 'SlotsTaken') ? withTakers(waits, servers) : waits;
}

async function withTakers(waits: readonly Waiting[], servers: readonly Server[]): Promise<Waiting[]> {
  const busy = servers.filter(({ attempts = 0, slots }) => attempts >= slots).slice(0, MAX_SERVERS_SHOWN);
  const held = await mapInParallel(busy, SERVERS_AT_ONCE, ({ serverId }) => heldTasks(serverId));
  const takenBy = jobsOf(held.flat());
  return waits.map((wait) => (wait.for === 'SlotsTaken' ? { ...wait, takenBy } : wait));
}
