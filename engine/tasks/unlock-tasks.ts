/** Unlocking: when a task has ended, those that depend on it may run, or never will. */

import { decideDependents, type Seen, type Undecided } from '#domain/jobs/decide-dependents';
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { TASK_MOVES } from '#domain/status-moves';
import { readyKey, runMark, statusKey, type Task } from '#domain/tasks/task';
import { timeLeftMs } from '#store/dynamodb/deadline';
import { guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { taskEndOf } from '#store/expiry';
import { inParallel } from '#store/in-parallel';
import { openTaskKeys, taskPages } from '#store/reads/task-pages';
import { findTasks, keyOf, openKey, readTasks, type TaskKey } from '#store/tasks';

const WRITES_AT_ONCE = 16;
/** How many records one read takes. */
const KEYS_PER_PAGE = 100;
/** A chain of skipped tasks longer than this is likely long: then all tasks of the job are read, which costs less. */
const MIN_LEVELS = 20;
const TASKS_PER_LEVEL = 100;
/** A function's call stops unlocking this long before its end. */
const RESERVE_MS = 3_000;

/**
 * Checks every task that depends on the ended one and, as those become `NotRun`, their dependents in turn. True if a
 * task was made Ready. It may be repeated, late and by several at once: each move is guarded, and the result depends
 * only on the recorded statuses of one run. A long chain is read at once. When `mayGoOn` is false for the number
 * of tasks checked by then, or the time of a function's call ends soon, the rest is left to the reaper.
 */
export async function unlockDependents(job: Job, ended: Task, mayGoOn: MayGoOn = () => true): Promise<boolean> {
  const levels = Math.max(MIN_LEVELS, job.taskTotal / TASKS_PER_LEVEL);
  let isReady = false;
  let seen: Seen = new Map();
  let settled: readonly Task[] = [ended];
  let checked = 0;
  const goesOn = () => mayGoOn(checked) && timeLeftMs() > RESERVE_MS;
  for (let level = 0; settled.length > 0; level += 1) {
    const dependents = [...new Set(settled.flatMap((task) => task.dependents ?? []))];
    checked = level < levels ? checked + dependents.length : job.taskTotal;
    if (!goesOn()) break;
    if (level >= levels) return (await unlockAll(job, goesOn)) || isReady;
    const waiting = await findTasks(job, dependents);
    const unlocked = await unlockTasks(job, waiting, { seen, goesOn });
    // An earlier call may have made one Ready, and been cut off before the job was offered.
    isReady ||= unlocked.isReady || waiting.some((task) => task.status === 'Ready');
    settled = unlocked.skipped;
    seen = new Map(settled.map(({ taskId, run }) => [taskId, { run, status: 'NotRun' }]));
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
    const unlocked = await unlockTasks(job, await readTasks(page.keys), { seen });
    isReady ||= unlocked.isReady;
    const mayGoOn = () => Date.now() < deadlineMs;
    for (const skipped of unlocked.skipped) isReady = (await unlockDependents(job, skipped, mayGoOn)) || isReady;
    // What depends on those that were skipped may be anywhere.
    place = unlocked.skipped.length > 0 && !mayGoOn() ? { shard: 0 } : page.next;
    if (place && !mayGoOn()) {
      await moveOn(job, { set: { unlockFrom: place } });
      return { isDone: false, isReady };
    }
  }
  if (job.unlockFrom) await moveOn(job, { remove: ['unlockFrom'] });
  return { isDone: true, isReady };
}

/** Whether there is time for this number of tasks. */
type MayGoOn = (checked: number) => boolean;
type Known = { readonly seen: Seen; readonly goesOn?: (() => boolean) | undefined };
/** What a move needs of a task. */
type Movable = Undecided & Pick<Task, 'shardId' | 'batchGroup'>;
type Place = NonNullable<Job['unlockFrom']>;
/** The tasks that will never run, and whether a task was made Ready. */
type Unlocked = { readonly skipped: readonly Task[]; readonly isReady: boolean };
type Page = { readonly keys: readonly TaskKey[]; readonly next?: Place };

async function openPage(job: Job, { shard, taskId }: Place): Promise<Page> {
  const shardId = shardKey(job.jobId, shard);
  const after = taskId === undefined ? undefined : { shardId, taskId, openKey: openKey({ jobId: job.jobId, taskId }) };
  const { keys, next } = await openTaskKeys(shardId, { limit: KEYS_PER_PAGE, after });
  const last = keys.at(-1);
  if (next && last) return { keys, next: { shard, taskId: last.taskId } };
  return { keys, ...(shard + 1 < job.shards ? { next: { shard: shard + 1 } } : {}) };
}

/** Guarded by the run: the place that one run has reached means nothing to the next. */
async function moveOn({ jobId, run }: Job, change: { set?: Item; remove?: readonly string[] }): Promise<void> {
  await guardedWrite({ table: 'jobs', key: { jobId }, ...change, when: [{ attribute: 'run', in: [run] }] });
}

/** Looks at all tasks of the job, and decides on them in one go. 1 RCU for each 4 KB of tasks. */
async function unlockAll(job: Job, goesOn: () => boolean): Promise<boolean> {
  const seen: Seen = new Map();
  const waiting: Movable[] = [];
  let isReady = false;
  for await (const tasks of taskPages(job)) {
    if (!goesOn()) return isReady;
    for (const { shardId, taskId, run, status, batchGroup, dependsOn, dependencyCondition } of tasks) {
      seen.set(taskId, { run, status });
      isReady ||= status === 'Ready';
      if (status === 'Waiting') waiting.push({ shardId, taskId, run, batchGroup, dependsOn, dependencyCondition });
    }
  }
  return (await moveDecided(waiting, { seen, goesOn })).isReady || isReady;
}

/**
 * Moves the waiting tasks whose dependencies have decided, and returns those that will never run. Tasks that were
 * `seen` before are not read again: if one has ended since, the party that ended it unlocks its dependents, or the next
 * call does.
 */
async function unlockTasks(job: Job, tasks: readonly Task[], { seen, goesOn }: Known): Promise<Unlocked> {
  for (const { taskId, run, status } of tasks) seen.set(taskId, { run, status });
  const waiting = tasks.filter((task) => task.status === 'Waiting');
  const needed = new Set(waiting.flatMap((task) => (task.dependsOn ?? []).map((each) => each.taskId)));
  const unseen = await findTasks(
    job,
    [...needed].filter((taskId) => !seen.has(taskId)),
  );
  for (const { taskId, run, status } of unseen) seen.set(taskId, { run, status });
  return moveDecided(waiting, { seen, goesOn });
}

/** The order of the writes does not matter: after a crash, the same statuses lead to the same decisions. */
async function moveDecided<T extends Movable>(waiting: readonly T[], { seen, goesOn = () => true }: Known) {
  const { ready, skipped: toSkip } = decideDependents(waiting, seen);
  const skipped: T[] = [];
  let isReady = false;
  await inParallel(ready, WRITES_AT_ONCE, async (task) => {
    const set = { readyKey: readyKey(task, '', runMark(task)) };
    isReady = (await moveWaiting(task, 'unlock', { set })) || isReady;
  });
  await inParallel(toSkip, WRITES_AT_ONCE, async (task) => {
    if (goesOn() && (await moveWaiting(task, 'skip', skipChange(task)))) skipped.push(task);
  });
  return { skipped, isReady };
}

function skipChange(task: Movable) {
  const set = { ...taskEndOf(new Date().toISOString()), readyKey: statusKey(task, 'NotRun') };
  return { set, remove: ['openKey'] };
}

async function moveWaiting(
  task: Movable,
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
