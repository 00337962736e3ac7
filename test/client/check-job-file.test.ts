/** What the author of a job file reads about it before it is sent. */
import { expect, test } from '@jest/globals';
import { checkJobFile, checkTasksFile } from '#client/job-file/check-job-file';
import { newJob, newTasks } from '#domain/jobs/submission';
import { MAX_GROUPS_PER_JOB } from '#domain/limits';
import { checkRequest } from '#domain/problems';
import { addTasksSchema, submitJobSchema } from '#domain/requests';

const check = (lines: readonly string[]) => checkJobFile(lines.join('\n'), 'job.yaml').problems;
const JOB = ['name: month end', 'tasks:', '  - taskId: load', '    handler: echo'];

test('A right file is the job as the API takes it, from YAML as from JSON', () => {
  const job = { name: 'month end', tasks: [{ taskId: 'load', handler: 'echo' }] };
  const expected = { request: submitJobSchema.parse(job) };
  expect(checkJobFile(JOB.join('\n'), 'job.yaml')).toEqual(expected);
  expect(checkJobFile(JSON.stringify({ $schema: './job.schema.json', ...job }, null, '\t'), 'job.json')).toEqual(
    expected,
  );
});

test.each([
  [
    'broken syntax',
    ['name: [a', 'tasks: []'],
    'job.yaml:2:1: Flow sequence in block collection must be sufficiently indented',
  ],
  ['a field twice', ['name: a', ...JOB], 'job.yaml:2:1: Map keys must be unique'],
  ['an unknown tag', ['name: !secret a', ...JOB.slice(1)], 'job.yaml:1:7: Unresolved tag: !secret'],
  ['no map', ['- a'], 'job.yaml:1:1: must be an object'],
  ['an empty file', [''], 'job.yaml:1:1: must be an object'],
  ['a missing field', JOB.slice(1), 'job.yaml:1:1: name: is missing'],
  [
    'a mistyped field',
    [...JOB, 'priorty: Low'],
    'job.yaml:5:1: "priorty" is not a field of this request; did you mean "priority"?',
  ],
  [
    'a mistyped choice',
    [...JOB, 'priority: low'],
    'job.yaml:5:1: priority: must be one of Low, Normal, High, Critical, ReservedCapacity; did you mean "Low"?',
  ],
  ['a field of a task', [...JOB, '    maxRetries: 21'], 'job.yaml:5:5: tasks.0.maxRetries: must be at most 20'],
  ['a missing handler', [...JOB, '  - taskId: print'], 'job.yaml:5:5: tasks.1.handler: is missing'],
  [
    'an id twice',
    [...JOB, ...JOB.slice(2)],
    'job.yaml:5:5: tasks[1].taskId "load" is used twice; give each task its own id.',
  ],
  [
    'an unknown task',
    [...JOB, '  - handler: echo', '    dependsOn:', '      - { taskId: laod, expected: Finished }'],
    'job.yaml:7:11: tasks[1] depends on "laod", which is not a task of this request; did you mean "load"?',
  ],
  [
    'a cycle',
    [...JOB, '    dependsOn: [{ taskId: load, expected: Finished }]'],
    'job.yaml:5:5: The dependencies form a cycle: load -> load.',
  ],
  [
    'a number that would change',
    [...JOB, '    input: { id: 12345678901234567890 }'],
    'job.yaml:5:18: the number 12345678901234567890 would be changed; write it as a string',
  ],
  [
    'a number that JSON lacks',
    [...JOB, '    input: .inf'],
    'job.yaml:5:12: the number .inf would be changed; write it as a string',
  ],
  [
    'an input of 70 kB',
    [...JOB, `    input: ${'i'.repeat(70_000)}`],
    'job.yaml:5:5: tasks[0].input has 70002 bytes; at most 65536 are allowed. Send a reference to the data instead.',
  ],
])('A file with %s is refused with the place', (_what, lines, problem) => {
  expect(check(lines)).toEqual([expect.stringContaining(problem)]);
});

test('A file of tasks is checked by the rules of the route that adds them', () => {
  const tasks = [{ taskId: 'load', handler: 'echo' }];
  expect(checkTasksFile(JSON.stringify({ tasks }), 'f')).toEqual({ request: addTasksSchema.parse({ tasks }) });
  expect(checkTasksFile(JOB.join('\n'), 'f').problems).toEqual(['f:1:1: "name" is not a field of this request']);
  const lost = [...JOB.slice(1), '    dependsOn: [{ taskId: laod, expected: Finished }]'].join('\n');
  expect(checkTasksFile(lost, 'f').problems).toEqual([expect.stringContaining('did you mean "load"?')]);
});

test('A file of tasks may name as many batch groups as a job can have, whichever the job has', () => {
  const fileOf = (groups: number) => {
    const named = Array.from({ length: groups }, (_, index) => ({ handler: 'echo', batchGroup: `g${index}` }));
    return JSON.stringify({ tasks: [...named, { handler: 'echo' }] });
  };
  expect(checkTasksFile(fileOf(MAX_GROUPS_PER_JOB), 'f').problems).toBeUndefined();
  expect(checkTasksFile(fileOf(MAX_GROUPS_PER_JOB + 1), 'f').problems).toEqual([
    expect.stringContaining('batch groups'),
  ]);
});

test('All problems are listed in the order of the file, at most 20', () => {
  const tasks = Array.from({ length: 30 }, (_, index) => `  - { handler: echo, taskId: "${index} " }`);
  const problems = check(['name: 1', 'tasks:', ...tasks, 'hold: maybe']) ?? [];
  expect(problems).toHaveLength(21);
  expect(problems[0]).toBe('job.yaml:1:1: name: must be a string');
  expect(problems[1]).toMatch(/^job\.yaml:3:/);
  expect(problems.at(-1)).toBe('job.yaml: and 12 more');
});

test('A file that blows up by its aliases is refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level += 1) {
    const alias = `*a${level - 1}`;
    lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => alias).join(', ')}]`);
  }
  expect(check(lines)).toEqual([expect.stringMatching(/^job\.yaml:1:1: .*alias/)]);
});

test('The words are those of the API', () => {
  const wrong = {
    name: 'a',
    tasks: [{ handler: 'echo', dependsOn: [{ taskId: 'b', expected: 'Finished' as const }] }],
  };
  const mistyped = { ...wrong, tsaks: [] };
  const [problem = ''] = checkJobFile(JSON.stringify(mistyped), 'f').problems ?? [];
  expect(problem).toContain(checkRequest(submitJobSchema, mistyped, 'body').problems?.[0]?.problem ?? 'none');
  const request = submitJobSchema.parse(wrong);
  const made = { jobId: 'j', createdBy: 'a', now: '', priority: 'Normal' } as const;
  const [graph = ''] = checkJobFile(JSON.stringify(wrong), 'f').problems ?? [];
  const message = graph.split(': ')[1];
  expect(() => newTasks(newJob(request, made), request.tasks, { firstIndex: 0, now: '' })).toThrow(message);
});
