/** Unlocking: when a task has ended, those that depend on it may run, or never will. */

import { evaluateDependencies } from '#domain/jobs/graph';
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { TASK_MOVES } from '#domain/moves';
import type { TaskStatus } from '#domain/statuses';
import { readyKey, type Task } from '#domain/tasks/task';
import { guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { taskEndOf } from '#store/expiry';
import { inParallel } from '#store/in-parallel';
import { openTaskKeys } from '#store/reads/task-pages';
import { findTasks, keyOf, readTasks, type TaskKey } from '#store/tasks';

const WRITES_AT_ONCE = 16;
/** How many records one read takes. */
const KEYS_PER_PAGE = 100;

/**
 * Checks every task that depends on the ended one and, as those become `NotRun`, their dependents in turn. True if a
 * task was made Ready. It may be repeated, late and by several at once: each move is guarded, and the result depends
 * only on the recorded statuses of one run.
 */
export async function unlockDependents(job: Job, ended: Task): Promise<boolean> {
  let isReady = false;
  for (let settled: readonly Task[] = [ended]; settled.length > 0; ) {
    const waiting = await findTasks(job, [...new Set(settled.flatMap((task) => task.dependents ?? []))]);
    const unlocked = await unlockTasks(job, waiting);
    // An earlier call may have made one Ready, and been cut off before the job was offered.
    isReady ||= unlocked.isReady || waiting.some((task) => task.status === 'Ready');
    settled = unlocked.skipped;
  }
  return isReady;
}

/**
 * Checks every task of the job that still waits, and completes an unlocking that a crash cut off. Stops at the deadline
 * (epoch milliseconds), after at least one page; the job remembers the place, and the next call goes on from there.
 * `isDone` at the end, `isReady` if a task was made Ready. A page of 100 tasks takes 0.5 RCU for each 40, 1 RCU a task,
 * and 1 RCU for each possible place of a task that they wait for.
 */
export async function unlockWaiting(job: Job, deadlineMs: number): Promise<{ isDone: boolean; isReady: boolean }> {
  const seen: Seen = new Map();
  let isReady = false;
  for (let place: Place | undefined = job.unlockFrom ?? { shard: 0 }; place; ) {
    const page: Page = await openPage(job, place);
    const unlocked = await unlockTasks(job, await readTasks(page.keys), seen);
    isReady ||= unlocked.isReady;
    for (const skipped of unlocked.skipped) isReady = (await unlockDependents(job, skipped)) || isReady;
    place = page.next;
    if (place && Date.now() >= deadlineMs) {
      await moveOn(job, { set: { unlockFrom: place } });
      return { isDone: false, isReady };
    }
  }
  if (job.unlockFrom) await moveOn(job, { remove: ['unlockFrom'] });
  return { isDone: true, isReady };
}

/** The run and status of tasks, by their ids. */
type Seen = Map<string, Pick<Task, 'run' | 'status'>>;
type Place = NonNullable<Job['unlockFrom']>;
/** The tasks that will never run, and whether a task was made Ready. */
type Unlocked = { readonly skipped: readonly Task[]; readonly isReady: boolean };
type Page = { readonly keys: readonly TaskKey[]; readonly next?: Place };

async function openPage(job: Job, { shard, taskId }: Place): Promise<Page> {
  const shardId = shardKey(job.jobId, shard);
  const after = taskId === undefined ? undefined : { shardId, taskId, openKey: taskId };
  const { keys, next } = await openTaskKeys(shardId, { limit: KEYS_PER_PAGE, after });
  const last = keys.at(-1);
  if (next && last) return { keys, next: { shard, taskId: last.taskId } };
  return { keys, ...(shard + 1 < job.shards ? { next: { shard: shard + 1 } } : {}) };
}

/** Guarded by the run: the place that one run has reached means nothing to the next. */
async function moveOn({ jobId, run }: Job, change: { set?: Item; remove?: readonly string[] }): Promise<void> {
  await guardedWrite({ table: 'jobs', key: { jobId }, ...change, when: [{ attribute: 'run', in: [run] }] });
}

/**
 * Moves the waiting tasks whose dependencies have decided, and returns those that will never run. Tasks that were
 * `seen` before are not read again: if one has ended since, the party that ended it unlocks its dependents, or the next
 * call does.
 */
async function unlockTasks(job: Job, tasks: readonly Task[], seen: Seen = new Map()): Promise<Unlocked> {
  for (const { taskId, run, status } of tasks) seen.set(taskId, { run, status });
  const waiting = tasks.filter((task) => task.status === 'Waiting');
  const needed = new Set(waiting.flatMap((task) => (task.dependsOn ?? []).map((each) => each.taskId)));
  const unseen = await findTasks(
    job,
    [...needed].filter((taskId) => !seen.has(taskId)),
  );
  for (const { taskId, run, status } of unseen) seen.set(taskId, { run, status });
  const skipped: Task[] = [];
  let isReady = false;
  await inParallel(waiting, WRITES_AT_ONCE, async (task) => {
    const verdict = evaluateDependencies(task, statusesFor(task, seen));
    if (verdict === 'Ready')
      isReady = (await moveWaiting(task, 'unlock', { set: { readyKey: readyKey(task) } })) || isReady;
    if (verdict === 'NotRun' && (await moveWaiting(task, 'skip', skipChange()))) skipped.push(task);
  });
  return { skipped, isReady };
}

/**
 * The statuses, in the task's own run, of the tasks that it depends on. A status of an earlier run does not count: the
 * pass of a requeue may have reached this task, but not yet those. If they stay as they are, the pass unlocks at its
 * end.
 */
function statusesFor(task: Task, seen: Seen): Map<string, TaskStatus> {
  const needed = (task.dependsOn ?? []).flatMap(({ taskId }) => {
    const found = seen.get(taskId);
    return found?.run === task.run ? [[taskId, found.status] as const] : [];
  });
  return new Map(needed);
}

function skipChange() {
  return { set: taskEndOf(new Date().toISOString()), remove: ['openKey'] };
}

async function moveWaiting(
  task: Task,
  move: 'unlock' | 'skip',
  change: { set: Item; remove?: readonly string[] },
): Promise<boolean> {
  const written = await guardedWrite({
    table: 'tasks',
    key: keyOf(task),
    move: TASK_MOVES[move],
    ...change,
    // A decision for one run does not count for the next.
    when: [{ attribute: 'run', in: [task.run] }],
  });
  return written.applied;
}
