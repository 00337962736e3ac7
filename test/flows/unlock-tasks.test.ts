/** The example of seven tasks, run for real: each path that it can take, and a cancel in the middle of it. */
import { beforeAll, expect, test } from '@jest/globals';
import { isFinalTask } from '#domain/statuses';
import {
  expectedOf,
  IDS,
  type Id,
  type Outcomes,
  outcomesOfFirst,
  SEVEN_TASKS,
} from '#test/support/domain/seven-tasks';
import { type AnySystem, openSystem } from '#test/support/flows/any-system';
import { violationsAtEnd, watchJob } from '#test/support/flows/invariants';
import {
  cancelJob,
  hasStarted,
  type Job,
  readJob,
  readTasks,
  submitJob,
  type Task,
  untilCount,
  untilFinal,
} from '#test/support/flows/records';
import { eventually } from '#test/support/flows/system';

const LIMIT_MS = 60_000;
/** Long enough to be met while it runs, also on a busy machine, and when it surely has started. */
const LONG = { handler: 'sleep', input: { seconds: 6 } };

let system: AnySystem;
beforeAll(async () => {
  system = await openSystem();
});

const ALL = outcomesOfFirst(4);
const inWords = ({ T1, T2, T3, T4 }: Outcomes) => `T1 ${T1}, T2 ${T2}, T3 ${T3}, T4 ${T4}`;

/** All combinations run at once, in the one system. */
let submitted: Promise<ReadonlyMap<Outcomes, Job>> | undefined;
function submitAll(): Promise<ReadonlyMap<Outcomes, Job>> {
  submitted ??= Promise.all(
    ALL.map(async (outcomes) => [outcomes, await submitJob(system, { tasks: tasksWith(outcomes) })] as const),
  ).then((jobs) => new Map(jobs));
  return submitted;
}

function tasksWith(outcomes: Outcomes): object[] {
  return SEVEN_TASKS.map((task) => ({
    ...task,
    ...(outcomes[task.taskId] === 'Error' ? { handler: 'fail', input: { message: task.taskId } } : { handler: 'echo' }),
  }));
}

test.each(ALL.map((outcomes) => [inWords(outcomes), outcomes] as const))(
  'after %s the example takes its right path, and the other tasks are NotRun',
  async (_, outcomes) => {
    const { jobId = '' } = (await submitAll()).get(outcomes) ?? {};
    const job = await untilFinal(system, jobId, LIMIT_MS);
    const tasks = await readTasks(system, jobId);
    const expected = expectedOf(outcomes);
    expect(statusesOf(tasks)).toEqual(expected);
    expect(job.status).toBe(Object.values(expected).includes('Error') ? 'Error' : 'Finished');
    expect(violationsAtEnd(job, tasks)).toEqual([]);
    expect(startedTooEarly(tasks)).toEqual([]);
    for (const { taskId, status, attempts } of tasks) {
      expect([taskId, attempts.length]).toEqual([taskId, status === 'NotRun' ? 0 : 1]);
    }
  },
);

test.each<[string, readonly Id[]]>([
  ['T1', ['T1']],
  ['T2', ['T2']],
  ['T3 and T4', ['T3', 'T4']],
])('a cancel while %s runs lets that end, and nothing is unlocked afterwards', async (_, running) => {
  const tasks = SEVEN_TASKS.map((task) => ({
    ...task,
    ...(running.includes(task.taskId) ? LONG : { handler: 'echo' }),
  }));
  const { jobId } = await submitJob(system, { tasks });
  const isRunning = async () => (await executingOf(jobId)).join() === running.join();
  await eventually(isRunning, { limitMs: LIMIT_MS });
  const watch = watchJob(system, jobId);
  const ended = IDS.slice(
    0,
    IDS.findIndex((id) => running.includes(id)),
  );
  const notRun = IDS.filter((id) => !ended.includes(id) && !running.includes(id));
  const counts = { Cancelling: running.length, Finished: ended.length, NotRun: notRun.length };
  expect(await cancelJob(system, jobId)).toMatchObject({ status: 'Cancelling' });
  // What T1 and its successors did before the cancel is counted within half a second.
  await untilCount(system, jobId, counts);
  const job = await untilFinal(system, jobId, LIMIT_MS);
  expect((await watch.end()).violations).toEqual([]);
  const after = await readTasks(system, jobId);
  expect(job.status).toBe('Cancelled');
  expect(statusesOf(after)).toEqual(
    Object.fromEntries(IDS.map((id) => [id, notRun.includes(id) ? 'NotRun' : 'Finished'])),
  );
  expect(after.filter((task) => notRun.some((id) => id === task.taskId) && task.attempts.length > 0)).toEqual([]);
  expect(violationsAtEnd(job, after)).toEqual([]);
});

test('a cycle and an unknown task are refused with their names, and no job is made of it', async () => {
  const after = (taskId: string, on: string) => ({
    taskId,
    handler: 'echo',
    dependsOn: [{ taskId: on, expected: 'Finished' }],
  });
  const submit = (tasks: object[]) =>
    system.call('POST', '/jobs', { body: { name: 'refused', batchGroup: 'refused', tasks } });
  const cycle = await submit([after('a', 'c'), after('b', 'a'), after('c', 'b')]);
  expect(cycle).toMatchObject({ status: 400, body: { code: 'InvalidRequest', cycle: ['a', 'c', 'b', 'a'] } });
  const unknown = await submit([after('a', 'nobody')]);
  expect(unknown).toMatchObject({ status: 400, body: { code: 'InvalidRequest', taskId: 'nobody' } });
  expect((await system.call('GET', '/jobs?batchGroup=refused')).body).toEqual({ items: [] });
});

/** The tasks that have started, once their job executes: what is only claimed yet is NotRun after a cancel. */
async function executingOf(jobId: string): Promise<string[]> {
  const tasks = await readTasks(system, jobId, '&status=Executing');
  return (await readJob(system, jobId)).status === 'Executing'
    ? tasks.filter(({ attempts }) => hasStarted(attempts.at(-1))).map(({ taskId }) => taskId)
    : [];
}

function statusesOf(tasks: readonly Task[]): Record<string, string> {
  return Object.fromEntries(tasks.map(({ taskId, status }) => [taskId, status]));
}

/** Tasks that started before one that they depend on had ended, in words. */
function startedTooEarly(tasks: readonly Task[]): string[] {
  const named = new Map(tasks.map((task) => [task.taskId, task]));
  return SEVEN_TASKS.flatMap(({ taskId, dependsOn = [] }) => {
    const startedAt = named.get(taskId)?.attempts[0]?.startedAt ?? '~';
    const late = dependsOn.filter((each) => {
      const other = named.get(each.taskId);
      return !other || !isFinalTask(other.status) || (other.attempts.at(-1)?.endedAt ?? '') > startedAt;
    });
    return late.map((each) => `${taskId} started before ${each.taskId} had ended`);
  });
}
