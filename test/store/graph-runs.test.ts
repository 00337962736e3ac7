/** Any graph, run on the real engine by servers that may die between an end and its unlocking. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Job } from '#domain/job';
import { anyGraph, type Drawn, endsOf } from '#test/domain/graphs';
import { startStore } from './engine.ts';

await startStore();
const { failTask, finishTask } = await import('#store/claims');
const { completeJob } = await import('#store/completion');
const { getJob } = await import('#store/jobs');
const { followEnd } = await import('#store/settlement');
const { listTasks } = await import('#store/task-list');
const { unlockWaiting } = await import('#store/unlocking');
const { start, startServer, submit } = await import('./trial.ts');

const server = await startServer({ slots: 100 });
const RUNS = 20;
/** What each step does: which Ready tasks end, in which order, and whether their server dies right after. */
const anySteps = fc.array(fc.record({ pick: fc.nat(), atOnce: fc.integer({ min: 1, max: 3 }), dies: fc.boolean() }), {
  minLength: 1,
  maxLength: 8,
});
type Steps = readonly { readonly pick: number; readonly atOnce: number; readonly dies: boolean }[];

test('any graph, any outcomes, any order of ends, any crashes before the unlocking: the ends are those of the simple way', async () => {
  await fc.assert(
    fc.asyncProperty(anyGraph(7), anySteps, async (tasks, steps) => {
      const job = await submit(tasks.map(({ outcome: _outcome, ...task }) => task));
      await play(job, { tasks, steps });
      const expected = endsOf(tasks);
      const statuses = new Map((await allTasks(job)).map(({ taskId, status }) => [taskId, status]));
      expect(Object.fromEntries(statuses)).toEqual(Object.fromEntries(expected));
      const failed = [...expected.values()].includes('Error');
      expect((await getJob(job.jobId)).status).toBe(failed ? 'Error' : 'Finished');
    }),
    { numRuns: RUNS },
  );
}, 180_000);

async function play(job: Job, of: { tasks: readonly Drawn[]; steps: Steps }): Promise<void> {
  for (let at = 0; ; at += 1) {
    const { pick = 0, atOnce = 1, dies = false } = of.steps[at % of.steps.length] ?? {};
    const ready = await readyOf(job);
    if (ready.length === 0) {
      // The reaper comes; when it finds nothing either, this is the end.
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

async function end(job: Job, of: { taskId: string; dies: boolean; tasks: readonly Drawn[] }): Promise<void> {
  const task = await start(job, of.taskId, server);
  const now = new Date().toISOString();
  const fails = of.tasks.find(({ taskId }) => taskId === of.taskId)?.outcome === 'Error';
  if (fails) await failTask(task, { name: 'Error', message: 'no' }, { now });
  else await finishTask(task, undefined, now);
  if (!of.dies) await followEnd(job, task);
}

async function readyOf(job: Job): Promise<string[]> {
  return (await allTasks(job)).filter(({ status }) => status === 'Ready').map(({ taskId }) => taskId);
}

async function allTasks(job: Job) {
  return (await listTasks(await getJob(job.jobId), { limit: 100 })).tasks;
}
