import { type Waiting, waitingOf } from '#domain/jobs/waiting';
import { isFinalJob } from '#domain/statuses';
import { liveServers } from '#engine/servers/live-servers';
import { getJob } from '#store/jobs';
import { someOpenTasks } from '#store/reads/open-tasks';

/**
 * What the job and its open tasks wait for; of a large job some tasks are looked at. It changes nothing. 1 RCU for a
 * job that has ended, else the cost of `someOpenTasks` and `liveServers`, too.
 * @throws Refusal NotFound
 * @throws MalformedRecord
 */
export async function listWaiting(jobId: string): Promise<Waiting[]> {
  const job = await getJob(jobId);
  if (isFinalJob(job.status)) return [];
  const now = new Date().toISOString();
  const [tasks, servers] = await Promise.all([someOpenTasks(job), liveServers(now)]);
  return waitingOf({ job, tasks, servers, now });
}
