/**
 * A claim: one attempt of a task on one server. A claim writes the task, then reads the job; a cancel writes the job,
 * then reads the tasks. In this order one of the two always sees the other, so no claim misses a cancel.
 */
import { randomUUID } from 'node:crypto';
import type { Job } from '#domain/jobs/job';
import { TASK_MOVES } from '#domain/moves';
import type { Server } from '#domain/servers/server';
import type { Task } from '#domain/tasks/task';
import type { Condition } from '#store/dynamodb/expressions';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { readItems } from '#store/dynamodb/read';
import { toJobs } from '#store/jobs';
import type { TableName } from '#store/schema';
import { toServers } from '#store/servers';
import { keyOf, type ReadyTaskKey, toTasks } from '#store/tasks';

/**
 * Claims a Ready task for the server. Undefined if another claim was first, or the task may no longer start: also if it
 * has failed since it was found and its retry comes later. A malformed task is logged and undefined too. 3 WCU.
 */
export async function claimTask(key: ReadyTaskKey, claim: Claim): Promise<Task | undefined> {
  return (await tryClaim(key, claim, [])).claimed;
}

/**
 * Claims the task like `claimTask`, but only if its handler is one of these. `lacking` is a task that is Ready and has
 * another handler: the refused write brings its record. 3 WCU, 1 for each KB of the task if it is refused.
 */
export async function claimKnownTask(
  key: ReadyTaskKey,
  { handlers, ...claim }: Claim & { readonly handlers: readonly string[] },
): Promise<{ claimed?: Task | undefined; lacking?: Task }> {
  const { claimed, seen } = await tryClaim(key, claim, [{ attribute: 'handler', in: handlers }]);
  if (claimed || seen?.status !== 'Ready' || handlers.includes(seen.handler)) return { claimed };
  return { lacking: seen };
}

type Claim = { readonly serverId: string; readonly now: string };

async function tryClaim(key: ReadyTaskKey, claim: Claim, when: readonly Condition[]) {
  const claimId = randomUUID();
  const written = await guardedWrite({
    table: 'tasks',
    key: keyOf(key),
    move: TASK_MOVES.claim,
    set: { serverId: claim.serverId, claimId, startedAt: claim.now },
    add: { attempt: 1 },
    remove: ['readyKey'],
    when: [...(key.readyKey === undefined ? [] : [{ attribute: 'readyKey', in: [key.readyKey] }]), ...when],
  });
  const [seen] = toTasks(written.item ? [written.item] : []);
  // The claim id also proves a success whose reply was lost and whose task a cancel has marked since.
  return { seen, claimed: seen?.claimId === claimId ? seen : undefined };
}

/**
 * Reads the server and the jobs of the tasks that it has just claimed, in one consistent read: 1 RCU each.
 * Malformed records are logged and left out.
 * @throws Throttled like `readItems`
 */
export async function readForStart(
  serverId: string,
  tasks: readonly Task[],
): Promise<{ server?: Server; jobs: Map<string, Job> }> {
  const jobIds = [...new Set(tasks.map((task) => task.jobId))];
  const found = await readItems([
    { table: 'servers', key: { serverId } },
    ...jobIds.map((jobId) => ({ table: 'jobs' as const, key: { jobId } })),
  ]);
  const itemsOf = (wanted: TableName) => found.flatMap(({ table, item }) => (table === wanted ? [item] : []));
  const jobs = toJobs(itemsOf('jobs'));
  const [server] = toServers(itemsOf('servers'));
  return { jobs: new Map(jobs.map((job) => [job.jobId, job])), ...(server ? { server } : {}) };
}
