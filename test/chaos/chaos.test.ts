/** The random trial can be started; and its own checks: each finds its violation, and none finds one in correct records. */
import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { JOB_RULES } from '#domain/actions/job-rules';
import { noTasks } from '#domain/jobs/job';
import { abortReplySchema, eventReplySchema, jobReplySchema, taskReplySchema } from '#domain/replies';
import type { WitnessedRun } from '#test/support/witness/runs';
import { checkAll } from './check.ts';
import { randomOf } from './random.ts';
import type { Abort, Records, Task } from './records.ts';
import { createTrail, type Trail } from './trail.ts';

const at = (second: number) => new Date(1_000_000 + second * 1_000).toISOString();
const msAt = (second: number) => 1_000_000 + second * 1_000;

const attempt = (number: number, from: number, to: number, more: object = {}) => ({
  attempt: number,
  serverId: 'a-server',
  startedAt: at(from),
  endedAt: at(to),
  outcome: 'Finished',
  ...more,
});

function task(more: object = {}): Task {
  return taskReplySchema.parse({
    taskId: 'one',
    jobId: 'a-job',
    index: 0,
    name: 'one',
    handler: 'witness',
    input: {},
    status: 'Finished',
    batchGroup: 'default',
    maxRetries: 0,
    restartable: false,
    ignoreFailure: false,
    run: 1,
    createdAt: at(0),
    attempt: 1,
    failures: 0,
    attempts: [attempt(1, 1, 3)],
    endedAt: at(3),
    ...more,
  });
}

const run = (number: number, from: number, to: number, more: object = {}): WitnessedRun => ({
  jobId: 'a-job',
  taskId: 'one',
  attempt: number,
  pid: 1,
  firstMs: msAt(from),
  lastMs: msAt(to),
  ended: true,
  starts: 1,
  ...more,
});

const abort = (more: object = {}) =>
  abortReplySchema.parse({
    actions: { withdraw: true },
    abortId: 'an-abort',
    jobId: 'another-job',
    run: 1,
    mode: 'server',
    status: 'Completed',
    requestedBy: 'chaos',
    reason: 'chaos',
    requestedAt: at(2),
    endedAt: at(9),
    drainSeconds: 6,
    servers: [{ serverId: 'a-server', status: 'Stopped', stoppedAt: at(4), settledAt: at(5) }],
    tasks: [],
    bystanders: [],
    timeline: [],
    ...more,
  });

type Given = {
  events?: object[];
  tasks?: Task[];
  runs?: WitnessedRun[];
  job?: object;
  aborts?: Abort[];
  trail?: Trail;
};

const ACTIONS = Object.fromEntries(Object.keys(JOB_RULES).map((verb) => [verb, true]));

/** The rules that the trial finds violated in one job. */
function rulesBrokenBy({ tasks = [task()], runs = [run(1, 1, 2)], job = {}, ...given }: Given): string[] {
  const taskCounts = noTasks();
  for (const { status } of tasks) taskCounts[status] += 1;
  const recorded = jobReplySchema.parse({
    actions: ACTIONS,
    jobId: 'a-job',
    name: 'chaos',
    status: 'Finished',
    batchGroup: 'default',
    priority: 'Normal',
    system: false,
    createdBy: 'chaos',
    createdAt: at(0),
    taskTotal: tasks.length,
    run: 1,
    taskCounts,
    taskCountsAt: at(9),
    endedAt: at(9),
    ...job,
  });
  const own = given.events ?? [
    { at: at(0), type: 'JobSubmitted' },
    { at: at(9), type: `Job${recorded.status}` },
  ];
  const events = own.map((event) => eventReplySchema.parse(event));
  const records: Records = { jobs: [{ job: recorded, tasks, events }], aborts: given.aborts ?? [], servers: [] };
  const trail = given.trail ?? createTrail();
  checkAll(trail, records, runs);
  return trail.violations().map((violation) => violation.slice(0, violation.indexOf(': {')));
}

test('It starts without a build', () => {
  expect(execFileSync('npm', ['run', '-s', 'chaos', '--', '--help'], { encoding: 'utf8' })).toContain('Usage: chaos');
});

test('What is right breaks no rule', () => {
  expect(rulesBrokenBy({})).toEqual([]);
});

test.each<[string, Given]>([
  ['An attempt has an outcome but never ran', { runs: [] }],
  ['An attempt Finished without its end', { runs: [run(1, 1, 2, { ended: false })] }],
  ['A handler ran on after the end of its attempt', { runs: [run(1, 1, 4)] }],
  ['A run is not recorded as one attempt (I2)', { runs: [run(1, 1, 2), run(2, 4, 5)] }],
  ['An attempt ran again', { runs: [run(1, 1, 2), run(1, 2.5, 3, { pid: 2 })] }],
  ['The counts are not those of the tasks', { job: { taskCounts: { ...noTasks(), Error: 1 } } }],
  ['There are not as many tasks as the job says', { job: { taskTotal: 2 } }],
  ['The job ended in the wrong status', { job: { status: 'Error' } }],
  ['A task is open in a final job (I2)', { tasks: [task({ status: 'Executing' })] }],
  ['What ran is no task of any job', { runs: [run(1, 1, 2), run(1, 1, 2, { taskId: 'two' })] }],
  [
    'Two attempts of a task ran at once (I3)',
    {
      tasks: [
        task({
          attempt: 2,
          restartable: true,
          attempts: [attempt(1, 1, 2, { outcome: 'Interrupted', cause: 'ServerLost' }), attempt(2, 2, 5)],
        }),
      ],
      runs: [run(1, 1, 2, { ended: false, lastMs: msAt(2.5) }), run(2, 2.2, 5, { pid: 2 })],
    },
  ],
  [
    'An attempt was followed by another',
    {
      tasks: [task({ attempt: 2, attempts: [attempt(1, 1, 2), attempt(2, 3, 4)] })],
      runs: [run(1, 1, 2), run(2, 3, 4)],
    },
  ],
  [
    'A task ran although its condition was not met',
    {
      tasks: [
        task(),
        task({
          taskId: 'two',
          status: 'NotRun',
          attempt: 0,
          attempts: [],
          dependsOn: [{ taskId: 'one', expected: 'Error' }],
        }),
        task({ taskId: 'three', dependsOn: [{ taskId: 'two', expected: 'Finished' }] }),
      ],
      runs: [run(1, 1, 2), run(1, 1, 2, { taskId: 'three' })],
    },
  ],
  [
    'A task did not run although its condition was met',
    {
      tasks: [
        task(),
        task({
          taskId: 'two',
          status: 'NotRun',
          attempt: 0,
          attempts: [],
          dependsOn: [{ taskId: 'one', expected: 'Finished' }],
        }),
      ],
    },
  ],
  ['A server took on work while it drained (I4)', { aborts: [abort()], trail: accepting('abort', 'an-abort', 0.5) }],
  [
    'An abort stopped a run that its record does not name (I5)',
    {
      tasks: [
        task({ status: 'Error', attempts: [attempt(1, 1, 4, { outcome: 'Interrupted', cause: 'ServerRestart' })] }),
      ],
      runs: [run(1, 1, 2, { ended: false })],
      job: { status: 'Error' },
      aborts: [abort()],
    },
  ],
  ['A task started after its job was cancelled (I1)', { trail: accepting('cancel', 'a-job', 0.5) }],
  ['An act is missing in the events of its job', { events: [] }],
  ['What was accepted is gone', { trail: accepting('submit', 'a-lost-job', 0) }],
])('%s: found', (rule, given) => {
  expect(rulesBrokenBy(given)).toContain(rule);
});

test('The same seed draws the same', () => {
  const draws = (seed: number) => {
    const random = randomOf(seed);
    return Array.from({ length: 20 }, () => [random.real(), random.whole(1, 6), random.pick(['a', 'b'])]);
  };
  expect(draws(7)).toEqual(draws(7));
  expect(draws(7)).not.toEqual(draws(8));
  expect(draws(7).every(([, whole]) => Number(whole) >= 1 && Number(whole) <= 6)).toBe(true);
});

function accepting(what: 'cancel' | 'abort' | 'submit', id: string, second: number): Trail {
  const trail = createTrail();
  trail.accept({ what, id, run: 1, sentMs: msAt(second), answeredMs: msAt(second) });
  return trail;
}
