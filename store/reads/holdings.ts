/** What servers hold now, by the index of held tasks: it has what is needed, so no task's record is read. */
import type { Job } from '#domain/jobs/job';
import { type HeldTask, heldTaskSchema } from '#domain/tasks/task';
import { parseEach } from '#store/dynamodb/parse-record';
import { queryAll, queryCount, readItems } from '#store/dynamodb/read';
import { openServers } from '#store/fleet/live-servers';
import { mapInParallel } from '#store/in-parallel';
import { toJobs } from '#store/jobs';

const SERVERS_AT_ONCE = 16;
/** A job, with the servers that can hold tasks of it if they are known. */
type MaybeNoted = Pick<Job, 'jobId' | 'cancelServers' | 'cancelPassedAt'>;

/**
 * What each of these servers holds, or holds of one job; may lag a moment behind. Malformed records are logged and left
 * out. 0.5 RCU a server, and for each 12 tasks or so.
 */
export async function heldBy(serverIds: readonly string[], jobId?: string): Promise<Map<string, HeldTask[]>> {
  const held = await mapInParallel(serverIds, SERVERS_AT_ONCE, async (serverId) => {
    return [serverId, parseEach(heldTaskSchema, 'tasks', await queryAll(heldQuery(serverId, jobId)))] as const;
  });
  return new Map(held);
}

/**
 * The job's tasks that servers hold, by server, also those of lost ones until they are settled; servers without any are
 * left out. May lag a moment behind. Malformed records are logged and left out. The cost of `liveServers`, 0.5 RCU a
 * server, and for each 12 tasks or so; after the pass of a cancel only of the servers that held tasks of it then.
 */
export async function heldOfJob(job: MaybeNoted): Promise<Map<string, HeldTask[]>> {
  const ids = notedServers(job) ?? (await openServers()).map(({ serverId }) => serverId);
  return new Map([...(await heldBy(ids, job.jobId))].filter(([, tasks]) => tasks.length > 0));
}

/** The servers that the pass of a cancel has noted in this run of the job, if there was a pass and it noted them. */
export function notedServers({ cancelServers, cancelPassedAt }: MaybeNoted): readonly string[] | undefined {
  // An older version that requeues the job removes the time of the pass, and leaves the servers.
  return cancelPassedAt === undefined ? undefined : cancelServers;
}

/** How many tasks of the job each of these servers holds, if any. Lag and cost as `heldOfJob`. */
export async function countHeldOfJob(jobId: string, serverIds: readonly string[]): Promise<Map<string, number>> {
  const counts = await mapInParallel(serverIds, SERVERS_AT_ONCE, async (serverId) => {
    return [serverId, await queryCount(heldQuery(serverId, jobId))] as const;
  });
  return new Map(counts.filter(([, count]) => count > 0));
}

/** The jobs of these tasks, by id. 1 RCU for each 4 KB of a job, 0.5 if not consistent. */
export async function jobsOf(
  tasks: Iterable<readonly HeldTask[]>,
  how: { consistent: boolean },
): Promise<Map<string, Job>> {
  const jobIds = new Set([...tasks].flat().map((task) => task.jobId));
  const found = await readItems(
    [...jobIds].map((jobId) => ({ table: 'jobs', key: { jobId } })),
    how,
  );
  return new Map(toJobs(found.map(({ item }) => item)).map((job) => [job.jobId, job]));
}

/** The open keys of a job's tasks begin with its id, and `~` comes after all ids. */
function heldQuery(serverId: string, jobId?: string) {
  const query = { table: 'tasks', index: 'byServer', partition: ['serverId', serverId] } as const;
  if (jobId === undefined) return query;
  return { ...query, from: ['openKey', `${jobId}#`], to: ['openKey', `${jobId}#~`] } as const;
}
