/**
 * The pass over a cancelled job's open tasks: drops those that have not started and marks the others. It may die, run
 * twice and resume: a refused write means that the task changed, so the pass looks at it again.
 */
import { Contended } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { TASK_MOVES } from '#domain/status-moves';
import { isFinalTask } from '#domain/statuses';
import { afterPass } from '#engine/after-end';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { guardedWrites } from '#store/dynamodb/guarded-writes';
import { taskEndOf } from '#store/expiry';
import { inParallel } from '#store/in-parallel';
import { setOnJob } from '#store/jobs';
import { heldOfJob } from '#store/reads/holdings';
import { openKeysOfShard } from '#store/reads/task-pages';
import { orderCancel } from '#store/servers';
import { keyOf, type TaskKey, toTask } from '#store/tasks';

/** A partition key takes 500 drops a second, and a new table 2,000. */
const SHARDS_AT_ONCE = 4;
const SERVERS_AT_ONCE = 8;
const WRITES_AT_ONCE = 16;
/** Each round sees the task in a later status, or claimed and given back by a server. */
const MAX_ROUNDS = 100;
/** Less than 1 KB in the job's record. If a job runs on more, a look for it asks all live servers. */
const MAX_SERVERS_NOTED = 32;

/**
 * Passes over the job's tasks, several shards at once, until each is marked or final, then checks whether the job has
 * ended. Stops at the deadline (epoch milliseconds). True at the end of the pass; after false, the caller calls again:
 * what is done stays done. 2 WCU for a task that has not started.
 * @throws Throttled; Contended if a task changes in each of `MAX_ROUNDS` rounds
 */
export async function cancelTasks(job: Job, deadlineMs: number): Promise<boolean> {
  const servers = new Set<string>();
  let isInTime = true;
  const shards = Array.from({ length: job.shards }, (_, shard) => shardKey(job.jobId, shard));
  await inParallel(shards, SHARDS_AT_ONCE, async (shardId) => {
    for await (const keys of openKeysOfShard(shardId)) {
      isInTime &&= Date.now() < deadlineMs;
      if (!isInTime) return;
      for (const serverId of await cancelPage(keys, job.run)) servers.add(serverId);
    }
  });
  if (!isInTime) return false;
  for (const serverId of servers) await orderCancel(serverId, job);
  // No task of it is Ready any more, so none is ever claimed.
  const cancelServers = servers.size <= MAX_SERVERS_NOTED ? [...servers] : undefined;
  await setOnJob(job.jobId, { cancelPassedAt: new Date().toISOString(), cancelServers }, [
    { attribute: 'status', in: ['Cancelling'] },
    { attribute: 'run', in: [job.run] },
  ]);
  await afterPass(job);
  return true;
}

/**
 * Marks the job's tasks on all live servers and notifies these servers, so that a large job's attempts need not wait
 * for the pass. The cost of `heldOfJob`, and 2 WCU for each task and 1 for each of the servers.
 * @throws Contended like `cancelTasks`
 */
export async function cancelRunning(job: Job): Promise<void> {
  await inParallel([...(await heldOfJob(job))], SERVERS_AT_ONCE, async ([serverId, held]) => {
    const running = held.filter((task) => task.run === job.run);
    await inParallel(running, WRITES_AT_ONCE, (task) => markTask(task, job.run));
    if (running.length > 0) await orderCancel(serverId, job);
  });
}

/** Drops those of the tasks that have not started, marks the others, and returns their servers. */
async function cancelPage(keys: readonly TaskKey[], run: number): Promise<string[]> {
  const drops = await guardedWrites(keys.map((key) => dropOf(key, run)));
  const started = keys.filter((_key, index) => !drops[index]?.applied);
  const servers: string[] = [];
  await inParallel(started, WRITES_AT_ONCE, async (key) => {
    const serverId = await markTask(key, run);
    if (serverId !== undefined) servers.push(serverId);
  });
  return servers;
}

/**
 * Marks the task and returns its server, or drops it if it was given back. Stops if the task is marked, final or of a
 * later run: another pass, and a requeue after that, may overtake this one.
 */
async function markTask(key: TaskKey, run: number): Promise<string | undefined> {
  const change = { table: 'tasks', key: keyOf(key), when: [{ attribute: 'run', in: [run] }] } as const;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const marked = await guardedWrite({ ...change, move: TASK_MOVES.markCancelling });
    const task = marked.item && toTask(marked.item);
    if (!task || task.run !== run || isFinalTask(task.status)) return undefined;
    if (task.status === 'Cancelling') return task.serverId;
    const [dropped] = await guardedWrites([dropOf(key, run)]);
    if (dropped?.applied) return undefined;
  }
  throw new Contended(`task ${key.taskId}`, MAX_ROUNDS);
}

/** The task keeps its ready key: no server looks at a cancelled job, and lists know what the key means. */
function dropOf(key: TaskKey, run: number) {
  return {
    table: 'tasks',
    key: keyOf(key),
    move: TASK_MOVES.drop,
    set: taskEndOf(new Date().toISOString()),
    remove: ['openKey'],
    when: [{ attribute: 'run', in: [run] }],
  } as const;
}
