/** Any graph, run on the real engine, and run again after a requeue. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evaluateDependencies } from '#domain/jobs/graph';
import type { Job } from '#domain/jobs/job';
import type { Task } from '#domain/tasks/task';
import { acceptRequeue } from '#engine/jobs/requeue-job';
import { passTasks, requeueTasks } from '#engine/jobs/requeue-tasks';
import { unlockDependents, unlockWaiting } from '#engine/tasks/unlock-tasks';
import { getJob } from '#store/jobs';
import { anyGraph, type Drawn, endsOf } from '#test/support/domain/graphs';
import { startStore } from '#test/support/store/engine';
import { allTasks, anySteps, play, statusesOf } from '#test/support/store/graph-play';
import { AUTHOR, submit } from '#test/support/store/trial';

await startStore();

const RUNS = 20;
const RUNS_AGAIN = 10;

test('any graph ends as in the simple model, whatever the outcomes, the order of ends and the crashes before an unlocking', async () => {
  await fc.assert(
    fc.asyncProperty(anyGraph(7), anySteps, async (tasks, steps) => {
      const job = await submitGraph(tasks);
      await play(job, { tasks, steps });
      await expectEnds(job, tasks);
    }),
    { numRuns: RUNS },
  );
}, 180_000);

test('a requeued graph ends as in the simple model, whatever late unlocking of its previous run happens during the pass', async () => {
  const anyRequeue = fc.record({
    scope: fc.constantFrom('All' as const, 'NotFinished' as const),
    /** Which tasks the pass has not reached at the late unlocking, and how each ends the next time. */
    behind: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    outcomes: fc.array(fc.constantFrom('Finished' as const, 'Error' as const), { minLength: 6, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(anyGraph(6), anySteps, anyRequeue, async (tasks, steps, { scope, behind, outcomes }) => {
      const before = await submitGraph(tasks);
      await play(before, { tasks, steps });
      const ends = endsOf(tasks);
      await requeueAround(before, { scope, behind: tasks.map(({ taskId }) => taskId).filter((_, at) => behind[at]) });
      const again = tasks.map((task, at) =>
        scope === 'NotFinished' && ends.get(task.taskId) === 'Finished'
          ? { ...task, dependsOn: [], outcome: 'Finished' as const }
          : { ...task, outcome: outcomes[at] ?? task.outcome },
      );
      await play(await getJob(before.jobId), { tasks: again, steps });
      await expectEnds(before, again);
    }),
    { numRuns: RUNS_AGAIN },
  );
}, 180_000);

function submitGraph(tasks: readonly Drawn[]): Promise<Job> {
  return submit(tasks.map(({ outcome: _outcome, ...task }) => task));
}

async function expectEnds(job: Job, tasks: readonly Drawn[]): Promise<void> {
  const expected = endsOf(tasks);
  expect(await statusesOf(job)).toEqual(Object.fromEntries(expected));
  const failed = [...expected.values()].includes('Error');
  expect((await getJob(job.jobId)).status).toBe(failed ? 'Error' : 'Finished');
}

/** Requeues the job. When the pass has done all tasks but those behind, a late party of the previous run unlocks. */
async function requeueAround(before: Job, of: { scope: 'All' | 'NotFinished'; behind: string[] }): Promise<void> {
  const ended = await allTasks(before);
  const job = await acceptRequeue(await getJob(before.jobId), of.scope, AUTHOR);
  const isDone = (task: Task) => !of.behind.includes(task.taskId);
  await passTasks(ended.filter(isDone), job);
  await unlockWaiting(before, Number.POSITIVE_INFINITY);
  for (const task of ended) await unlockDependents(before, task);
  expectDecided((await allTasks(job)).filter(isDone));
  await requeueTasks(job, Number.POSITIVE_INFINITY);
}

/** Expects each of these tasks that waited and was not kept to have the status that its dependencies imply. */
function expectDecided(tasks: readonly Task[]): void {
  const statusOf = new Map(tasks.map(({ taskId, status }) => [taskId, status]));
  const waited = tasks.filter(({ dependsOn, status }) => dependsOn && status !== 'Finished');
  for (const task of waited)
    expect([task.taskId, task.status]).toEqual([task.taskId, evaluateDependencies(task, statusOf)]);
}
