/**
 * The pass over a cancelled job's open tasks: drops those that have not started and marks the others. It may die, run
 * twice and resume: a refused write means that the task changed, so the pass looks at it again.
 */
import { Contended } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { TASK_MOVES } from '#domain/moves';
import { isFinalTask } from '#domain/statuses';
import { afterPass } from '#engine/after';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { taskEndOf } from '#store/expiry';
import { inParallel } from '#store/in-parallel';
import { setOnJob } from '#store/jobs';
import { heldOfJob } from '#store/reads/holdings';
import { openKeyPages } from '#store/reads/task-pages';
import { orderCancel } from '#store/servers';
import { keyOf, type TaskKey, toTask } from '#store/tasks';

const WRITES_AT_ONCE = 16;
/** Each round sees the task in a later status, or claimed and given back by a server. */
const MAX_ROUNDS = 100;

/**
 * Passes over the job's tasks until each is marked or final, then checks whether the job has ended. Stops at the
 * deadline (epoch milliseconds). True at the end of the pass; after false, the caller calls again: what is done stays
 * done.
 * @throws Contended if a task changes in each of `MAX_ROUNDS` rounds
 */
export async function cancelTasks(job: Job, deadlineMs: number): Promise<boolean> {
  const servers = new Set<string>();
  for await (const keys of openKeyPages(job)) {
    if (Date.now() >= deadlineMs) return false;
    await inParallel(keys, WRITES_AT_ONCE, async (key) => {
      const serverId = await cancelTask(key, job.run);
      if (serverId !== undefined) servers.add(serverId);
    });
  }
  for (const serverId of servers) await orderCancel(serverId, job);
  await setOnJob(job.jobId, { cancelPassedAt: new Date().toISOString() }, [
    { attribute: 'status', in: ['Cancelling'] },
    { attribute: 'run', in: [job.run] },
  ]);
  await afterPass(job);
  return true;
}

/**
 * Marks the job's tasks on all live servers and notifies these servers, so that a large job's attempts need not wait
 * for the pass.
 * @throws Contended like `cancelTasks`
 */
export async function cancelRunning(job: Job): Promise<void> {
  for (const [serverId, held] of await heldOfJob(job.jobId)) {
    const running = held.filter((task) => task.run === job.run);
    await inParallel(running, WRITES_AT_ONCE, (task) => cancelTask(task, job.run));
    if (running.length > 0) await orderCancel(serverId, job);
  }
}

/**
 * Drops the task if it has not started, else marks it and returns its server. Stops if the task is marked, final or of
 * a later run: another pass, and a requeue after that, may overtake this one.
 */
async function cancelTask(key: TaskKey, run: number): Promise<string | undefined> {
  const change = { table: 'tasks', key: keyOf(key), when: [{ attribute: 'run', in: [run] }] } as const;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const set = taskEndOf(new Date().toISOString());
    // It keeps its ready key: no server looks at a cancelled job, lists know what it means, and no entry is rewritten.
    const dropped = await guardedWrite({ ...change, move: TASK_MOVES.drop, set, remove: ['openKey'] });
    if (dropped.applied) return undefined;
    const marked = await guardedWrite({ ...change, move: TASK_MOVES.markCancelling });
    const task = marked.item && toTask(marked.item);
    if (!task || task.run !== run || isFinalTask(task.status)) return undefined;
    if (task.status === 'Cancelling') return task.serverId;
  }
  throw new Contended(`task ${key.taskId}`, MAX_ROUNDS);
}
