/** Unlocking: when a task has ended, those that depend on it may run, or never will. */

import { evaluateDependencies } from '#domain/graph';
import type { Job } from '#domain/job';
import { TASK_MOVES } from '#domain/moves';
import type { TaskStatus } from '#domain/statuses';
import { readyKey, type Task } from '#domain/task';
import { taskEndOf } from './expiry.ts';
import { inParallel } from './in-parallel.ts';
import { openKeyPages } from './task-pages.ts';
import { findTasks, keyOf, readTasks } from './tasks.ts';
import { enterDispatch } from './turns.ts';
import { guardedWrite, type Item } from './write.ts';

const WRITES_AT_ONCE = 16;
/** What one read of records takes. */
const KEYS_PER_PAGE = 100;

/**
 * Looks at every task that depends on the ended one, and, as those become `NotRun`, on down the line.
 * May be repeated and done by several at once, also late: each move is guarded and the answer depends on the recorded statuses of one run alone.
 */
export async function unlockDependents(job: Job, ended: Task): Promise<void> {
  let settled = [ended];
  while (settled.length > 0) {
    const waiting = await findTasks(job, [...new Set(settled.flatMap((task) => task.dependents ?? []))]);
    settled = await unlockTasks(job, waiting);
  }
}

/** Looks at every task of the job that still waits: completes what a crash between an end and its unlocking left undone. */
export async function unlockWaiting(job: Job): Promise<void> {
  for await (const keys of openKeyPages(job, KEYS_PER_PAGE)) {
    for (const skipped of await unlockTasks(job, await readTasks(keys))) await unlockDependents(job, skipped);
  }
}

/** Moves those of the waiting tasks whose dependencies have decided; gives those that will never run. */
async function unlockTasks(job: Job, tasks: readonly Task[]): Promise<Task[]> {
  const waiting = tasks.filter((task) => task.status === 'Waiting');
  const needed = await findTasks(job, [
    ...new Set(waiting.flatMap((task) => (task.dependsOn ?? []).map((each) => each.taskId))),
  ]);
  const found = new Map(needed.map((task) => [task.taskId, task]));
  const skipped: Task[] = [];
  let unlocked = false;
  await inParallel(waiting, WRITES_AT_ONCE, async (task) => {
    const verdict = evaluateDependencies(task, statusesFor(task, found));
    if (verdict === 'Ready')
      unlocked = (await moveWaiting(task, 'unlock', { set: { readyKey: readyKey(task) } })) || unlocked;
    if (verdict === 'NotRun' && (await moveWaiting(task, 'skip', skipChange()))) skipped.push(task);
  });
  if (unlocked) await enterDispatch(job.jobId);
  return skipped;
}

/**
 * How the tasks that this one depends on stand in its own run. What a run before has left says nothing: a requeue that has come to this task
 * may not have come to those; if they stay as they are, its pass unlocks at its end.
 */
function statusesFor(task: Task, found: ReadonlyMap<string, Task>): Map<string, TaskStatus> {
  const needed = (task.dependsOn ?? []).flatMap(({ taskId }) => found.get(taskId) ?? []);
  return new Map(needed.filter(({ run }) => run === task.run).map(({ taskId, status }) => [taskId, status]));
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
    // What was decided for one run does not count for the next.
    when: [{ attribute: 'run', in: [task.run] }],
  });
  return written.applied;
}
