/** What the plan of a job's abort needs to know of the servers: those that run the job, and no others. */
import type { AbortMode } from '#domain/aborts/plan';
import { effectiveStatus } from '#domain/jobs/effective';
import type { Job } from '#domain/jobs/job';
import { MAX_SERVERS_PER_ABORT } from '#domain/limits';
import type { HeldTask } from '#domain/tasks/task';
import { countHeldOfJob, heldBy, jobsOf, notedServers } from '#store/reads/holdings';
import { readTasks } from '#store/tasks';
import { liveServers } from './live-servers.ts';

type How = { readonly mode: AbortMode; readonly only?: readonly string[] | undefined };

/**
 * The live servers, what those hold that an abort may take, and the jobs of that; `elsewhere` counts the job's tasks on
 * the others. May lag a moment behind, but an own task that seems not to be marked yet is looked up. The cost of
 * `liveServers` and 0.5 RCU a live server; after the pass of the cancel, only for those that held tasks of the job
 * then. After that, 0.5 RCU for each 12 tasks and each job on the servers that it takes.
 * @throws MalformedRecord
 */
export async function readForPlan(job: Job, { mode, only }: How) {
  const servers = await liveServers();
  const live = servers.map(({ serverId }) => serverId);
  const asked = live.filter((serverId) => notedServers(job)?.includes(serverId) ?? true);
  const counts = await countHeldOfJob(job.jobId, asked);
  const taken = takenOf([...counts.keys()], only);
  const held = await marked(await heldBy(taken, mode === 'task' ? job.jobId : undefined), job);
  const elsewhere = [...counts]
    .filter(([serverId]) => !taken.includes(serverId))
    .reduce((sum, [, own]) => sum + own, 0);
  // What a plan shows of a job never changes.
  return { servers, held, elsewhere, jobs: await jobsOf(held.values(), { consistent: false }) };
}

/** The servers of the confirmed plan if they still run the job; else the first ones, as `computePlan` takes them. */
function takenOf(running: readonly string[], only: readonly string[] = []): string[] {
  const confirmed = running.filter((serverId) => only.includes(serverId));
  return (confirmed.length > 0 ? confirmed : running).toSorted().slice(0, MAX_SERVERS_PER_ABORT);
}

/** What runs counts as marked, also before the pass. The index may not show yet that it has ended: a record does. */
async function marked(
  held: ReadonlyMap<string, readonly HeldTask[]>,
  job: Job,
): Promise<Map<string, readonly HeldTask[]>> {
  const isUnsure = (task: HeldTask) => task.jobId === job.jobId && task.status === 'Executing';
  const records = await readTasks([...held.values()].flat().filter(isUnsure));
  const statuses = new Map(records.map(({ claimId, status }) => [claimId, status]));
  const known = (task: HeldTask): HeldTask[] => {
    const status = isUnsure(task) ? statuses.get(task.claimId) : task.status;
    if (status === undefined) return [];
    return [{ ...task, status: task.jobId === job.jobId ? effectiveStatus(status, job.status) : status }];
  };
  return new Map([...held].map(([serverId, tasks]) => [serverId, tasks.flatMap(known)]));
}
