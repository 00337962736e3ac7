/**
 * A claim: one attempt of a task on one server. A claim writes the task, then reads the job; a cancel writes the job,
 * then reads the tasks. In this order one of the two always sees the other, so no claim misses a cancel.
 */
import { randomUUID } from 'node:crypto';
import { RecordRefused, refusedOrThrow } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { jobIdOf } from '#domain/jobs/shards';
import type { Server } from '#domain/servers/server';
import { TASK_MOVES } from '#domain/status-moves';
import type { Task } from '#domain/tasks/task';
import { countTaskMove, doubtTaskMove } from '#store/counts/task-moves';
import type { Condition } from '#store/dynamodb/expressions';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { readTogether } from '#store/dynamodb/together/read-together';
import { toJobs } from '#store/jobs';
import type { TableName } from '#store/schema';
import { toServers } from '#store/servers';
import { keyOf, type ReadyTaskKey, type TaskKey, toTasks } from '#store/tasks';
import type { Claim } from './claim-together.ts';

/**
 * Claims a Ready task for the server. Undefined if another claim was first, or the task may no longer start: also if it
 * has failed since it was found and its retry comes later. A malformed task is logged and undefined too. 3 WCU.
 */
export async function claimTask(
  key: ReadyTaskKey,
  { claimId = randomUUID(), ...claimer }: Claimer & { readonly claimId?: string },
): Promise<Task | undefined> {
  return (await tryClaim({ key, claimId }, claimer, [])).claimed;
}

/**
 * Claims the task like `claimTask`, but only if its handler is one of these. `lacking` is a task that is Ready and has
 * another handler: the refused write brings its record. 3 WCU, 1 for each KB of the task if it is refused. `isRefused`:
 * DynamoDB never takes the record.
 */
export async function claimKnownTask(
  claim: Claim,
  { handlers, ...claimer }: Claimer & { readonly handlers: readonly string[] },
): Promise<{ claimed?: Task | undefined; lacking?: Task; isRefused?: boolean }> {
  const outcome = await tryClaim(claim, claimer, [{ attribute: 'handler', in: handlers }]).catch(refusedOrThrow);
  if (outcome instanceof RecordRefused) return { isRefused: true };
  const { claimed, seen } = outcome;
  if (claimed || seen?.status !== 'Ready' || handlers.includes(seen.handler)) return { claimed };
  return { lacking: seen };
}

type Claimer = { readonly serverId: string; readonly now: string };

async function tryClaim({ key, claimId }: Claim, { serverId, now }: Claimer, when: readonly Condition[]) {
  const written = await guardedWrite({
    table: 'tasks',
    key: keyOf(key),
    move: TASK_MOVES.claim,
    set: { serverId, claimId, startedAt: now },
    add: { attempt: 1 },
    remove: ['readyKey'],
    when: [...(key.readyKey === undefined ? [] : [{ attribute: 'readyKey', in: [key.readyKey] }]), ...when],
  });
  const [seen] = toTasks(written.item ? [written.item] : []);
  // The claim id also proves a success whose reply was lost and whose task a cancel has marked since.
  return { seen, claimed: seen?.claimId === claimId ? seen : undefined };
}

/**
 * Reads the server, the jobs of the tasks that it has just claimed, and the tasks of claims that were written together,
 * in one consistent read: 1 RCU for each record. Malformed records are logged and left out.
 * @throws Throttled like `readTogether`
 */
export async function readForStart(
  serverId: string,
  claimed: readonly Task[],
  claims: readonly Claim[] = [],
): Promise<{ server?: Server; jobs: Map<string, Job>; tasks: Task[] }> {
  const jobIds = [...new Set([...claimed, ...claims.map(({ key }) => key)].map(({ shardId }) => jobIdOf(shardId)))];
  const wanted = [
    { table: 'servers' as const, key: { serverId } },
    ...jobIds.map((jobId) => ({ table: 'jobs' as const, key: { jobId } })),
    ...claims.map(({ key }) => ({ table: 'tasks' as const, key: keyOf(key) })),
  ];
  const found = await readTogether(wanted).catch((error: unknown) => {
    for (const { key } of claims) doubtTaskMove(moveOf(key));
    throw error;
  });
  const itemsOf = (table: TableName) => found.flatMap((one) => (one.table === table ? [one.item] : []));
  const [server] = toServers(itemsOf('servers').filter((item) => item.serverId === serverId));
  const jobs = new Map(toJobs(itemsOf('jobs')).map((job) => [job.jobId, job]));
  const ids = new Set(claims.map(({ claimId }) => claimId));
  const together = toTasks(itemsOf('tasks').filter(({ claimId }) => typeof claimId === 'string' && ids.has(claimId)));
  for (const task of together) countTaskMove(moveOf(task), { run: task.run });
  return { jobs, tasks: [...claimed, ...together], ...(server ? { server } : {}) };
}

function moveOf(key: TaskKey) {
  return { table: 'tasks', key: keyOf(key), move: TASK_MOVES.claim };
}
