/** Plays a graph on the real engine, with servers that may die between the end of a task and the unlocking. */
import fc from 'fast-check';
import type { Job } from '#domain/jobs/job';
import type { Server } from '#domain/servers/server';
import type { Task } from '#domain/tasks/task';
import { afterAttempt } from '#engine/after-end';
import { completeJob } from '#engine/jobs/complete-job';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { unlockWaiting } from '#engine/tasks/unlock-tasks';
import { getJob } from '#store/jobs';
import { listTasks } from '#store/reads/list-tasks';
import type { Drawn } from '#test/support/domain/graphs';
import { start, startServer } from './trial.ts';

/** One step: which Ready tasks end, in which order, and whether their server dies right after. */
export const anySteps = fc.array(
  fc.record({ pick: fc.nat(), atOnce: fc.integer({ min: 1, max: 3 }), dies: fc.boolean() }),
  { minLength: 1, maxLength: 8 },
);
type Steps = readonly { readonly pick: number; readonly atOnce: number; readonly dies: boolean }[];

/** It never ends; the tests end tasks in its name. */
let server: Promise<Server> | undefined;

/** Ends Ready tasks by the steps, again and again, until even the reaper finds none. */
export async function play(job: Job, of: { tasks: readonly Drawn[]; steps: Steps }): Promise<void> {
  for (let at = 0; ; at += 1) {
    const { pick = 0, atOnce = 1, dies = false } = of.steps[at % of.steps.length] ?? {};
    const ready = await readyOf(job);
    if (ready.length === 0) {
      // If the reaper finds no task either, this is the end.
      await unlockWaiting(job, Number.POSITIVE_INFINITY);
      await completeJob(job.jobId, job);
      if ((await readyOf(job)).length === 0) return;
      continue;
    }
    const first = pick % ready.length;
    const ending = [...ready.slice(first), ...ready.slice(0, first)].slice(0, atOnce);
    await Promise.all(ending.map((taskId) => end(job, { taskId, dies, tasks: of.tasks })));
  }
}

/** The recorded status of each task of the job. */
export async function statusesOf(job: Job): Promise<Record<string, string>> {
  return Object.fromEntries((await allTasks(job)).map(({ taskId, status }) => [taskId, status]));
}

/** The records of all tasks of a small job. */
export async function allTasks(job: Job): Promise<Task[]> {
  return (await listTasks(await getJob(job.jobId), { limit: 100 })).tasks;
}

async function end(job: Job, of: { taskId: string; dies: boolean; tasks: readonly Drawn[] }): Promise<void> {
  server ??= startServer({ slots: 100 });
  const task = await start(job, of.taskId, await server);
  const now = new Date().toISOString();
  const fails = of.tasks.find(({ taskId }) => taskId === of.taskId)?.outcome === 'Error';
  if (fails) await failTask(task, { name: 'Error', message: 'no' }, { now });
  else await finishTask(task, undefined, now);
  if (!of.dies) await afterAttempt({ job, task });
}

async function readyOf(job: Job): Promise<string[]> {
  return (await allTasks(job)).filter(({ status }) => status === 'Ready').map(({ taskId }) => taskId);
}
