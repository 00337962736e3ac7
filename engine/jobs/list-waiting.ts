import { type Waiting, waitingOf } from '#domain/jobs/waiting';
import { isAlive, isSilent } from '#domain/servers/server';
import { isFinalJob } from '#domain/statuses';
import { settings } from '#engine/settings';
import { getJob } from '#store/jobs';
import { listServers } from '#store/reads/list-servers';
import { someOpenTasks } from '#store/reads/open-tasks';

/**
 * What the job and its open tasks wait for; of a large job some tasks are looked at. It changes nothing. 1 RCU for a
 * job that has ended, else the cost of `someOpenTasks` and `listServers`, too.
 * @throws Refusal NotFound
 * @throws MalformedRecord
 */
export async function listWaiting(jobId: string): Promise<Waiting[]> {
  const job = await getJob(jobId);
  if (isFinalJob(job.status)) return [];
  const [tasks, servers] = await Promise.all([someOpenTasks(job), listServers()]);
  const now = new Date().toISOString();
  const at = { now, heartbeatSeconds: settings().heartbeatSeconds };
  const living = servers.filter((server) => isAlive(server) && !isSilent(server, at));
  return waitingOf({ job, tasks, servers: living, now });
}
