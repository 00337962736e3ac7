/** The command line against a running system: data on stdout, words on stderr, and the exit codes of the contract. */
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { openTerminal, type Terminal } from '#test/support/cli/terminal';
import { submitJob } from '#test/support/flows/records';
import { shareSystem } from '#test/support/flows/shared-system';
import { eventually, type SystemAt } from '#test/support/flows/system';

const TASKS = [{ taskId: 'one', handler: 'echo', input: { a: 1 } }];
const LONG = [{ taskId: 'long', handler: 'sleep', input: { seconds: 60, cooperative: true } }];

let system: SystemAt;
let token: string;
let shell: Terminal;
let reader: Terminal;
let stranger: Terminal;

beforeAll(async () => {
  system = await shareSystem();
  token = await system.token('cli-SystemAdministrator', ['SystemAdministrator']);
  shell = openTerminal(system.url, { LASTCALL_TOKEN: token });
  reader = openTerminal(system.url, { LASTCALL_TOKEN: await system.token('cli-Reader', ['Reader']) });
  stranger = openTerminal(system.url);
});

const bodyOf = async (path: string) => (await system.call('GET', path)).body;
/** A job of the user of the shell, which another program has submitted. */
const jobOf = async (name: string, tasks: object[], more: object = {}): Promise<string> =>
  (await submitJob(system, { name, tasks, ...more }, { as: { token } })).jobId;
const submitted = async (name: string, tasks: object[], ...flags: string[]): Promise<string> => {
  const { stdout } = await shell.feed(JSON.stringify({ name, tasks }), 'submit', '-', '--json', ...flags);
  return JSON.parse(stdout).jobId;
};

describe('a job from its file to its end', () => {
  test('init writes a file that validates, is not overwritten, and runs', async () => {
    expect((await shell.run('init')).code).toBe(0);
    expect(await shell.run('init')).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already') });
    const valid = await shell.run('validate', 'job.lastcall.yaml');
    expect(valid).toMatchObject({ code: 0, stdout: expect.stringContaining('prepare -> work -> report') });
    const dry = await shell.run('submit', 'job.lastcall.yaml', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, taskTotal: 3 });
    const mistyped = JSON.stringify({ name: 'x', tasks: [{ handler: 'ecko' }] });
    expect((await shell.feed(mistyped, 'validate', '-')).stderr).toContain('Did you mean echo?');
  });

  test('submit prints the job, watch follows it, and its end is the exit code', async () => {
    const jobId = await submitted('cli echo', TASKS);
    const watched = await shell.run('watch', jobId, '--json');
    expect(watched).toMatchObject({ code: 0, stderr: expect.stringMatching(/^\d{4}-\S+ Finished: 1 Finished$/m) });
    expect(JSON.parse(watched.stdout)).toMatchObject({ jobId, status: 'Finished' });
    const failing = [{ handler: 'fail', input: { message: 'as asked' } }];
    const failed = await shell.feed(JSON.stringify({ name: 'cli fail', tasks: failing }), 'submit', '-', '--watch');
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Status +Error$/m) });
    expect(failed.stderr).toMatch(/^Next: lastcall tasks \w+ --status Error$/m);
    expect((await shell.run('why', '@last')).stderr).toMatch(/^Next: lastcall tasks \w+ --status Error$/m);
    expect((await shell.run('why', jobId)).stderr).toBe(`Next: lastcall job ${jobId}\n`);
  });

  test('task shows what the list of tasks cuts short, and what is left out there', async () => {
    const message = `Row 7 of the ledger has no account${', nor has the next'.repeat(5)}`;
    const jobId = await jobOf('cli task', [
      ...TASKS,
      { taskId: 'two', handler: 'fail', input: { message }, dependsOn: [{ taskId: 'one', expected: 'Finished' }] },
      { taskId: 'three', handler: 'echo', dependsOn: [{ taskId: 'two', expected: 'Finished' }] },
    ]);
    expect((await shell.run('watch', jobId)).code).toBe(1);
    const listed = await shell.run('tasks', jobId);
    expect(listed.stdout).not.toContain(message);
    expect(listed.stderr).toBe(`Next: lastcall task ${jobId} two\n`);
    const { stdout, stderr } = await shell.run('task', jobId, 'two');
    expect(stdout).toContain(`Error: ${message}`);
    expect(stdout).toMatch(/^Depends on +one \(Finished\)$/m);
    expect(stdout).toMatch(/^Needed by +three$/m);
    expect(stderr).toContain(`lastcall task ${jobId} two --json`);
    expect((await shell.run('task', jobId, 'one')).stdout).toMatch(/^Result +\{"a":1\}$/m);
    expect((await shell.run('task', jobId, 'three')).stdout).toMatch(/^Status +Don't run$/m);
    expect(await shell.run('task', jobId, 'none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Next: lastcall tasks'),
    });
  });

  test('the same key is the same job', async () => {
    const first = await submitted('cli once', TASKS, '--key', 'cli-once', '--hold');
    expect(await submitted('cli once', TASKS, '--key', 'cli-once', '--hold')).toBe(first);
  });

  test('add-tasks adds tasks of a file to a held job, once for a key, and nothing that it would have to leave out', async () => {
    const jobId = await jobOf('cli grows', TASKS, { hold: true });
    writeFileSync(join(shell.folder, 'more.yaml'), 'tasks:\n  - { taskId: two, handler: echo }\n');
    for (const path of ['more.yaml', 'more.yaml']) {
      const added = await shell.run('add-tasks', jobId, path, '--key', 'cli-grows');
      expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Tasks +2 Ready$/m) });
      expect(added.stderr).toBe(`Next: lastcall release ${jobId}\n`);
    }
    const job = JSON.stringify({ name: 'another', tasks: TASKS });
    const refused = await shell.feed(job, 'add-tasks', jobId, '-');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('stdin:1:2: "name" is not a field') });
    expect(await shell.run('add-tasks', jobId, 'none.yaml')).toMatchObject({ code: 2, stdout: '' });
    expect((await shell.run('release', jobId)).code).toBe(0);
    expect((await shell.run('watch', jobId)).code).toBe(0);
    expect(await shell.run('add-tasks', jobId, 'more.yaml')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('only a job in Withhold can'),
    });
  });

  test('problems of a file are said with their place', async () => {
    writeFileSync(join(shell.folder, 'wrong.yaml'), 'name: x\ntasks:\n  - handler: echo\n    maxRetries: many\n');
    for (const command of [['validate', '--offline'], ['validate'], ['submit']]) {
      const { code, stderr } = await shell.run(...command, 'wrong.yaml');
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('wrong.yaml:4:5: ') });
    }
    writeFileSync(join(shell.folder, 'broken.yaml'), 'name: [x\n');
    expect(await shell.run('submit', 'broken.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/broken\.yaml:\d+:\d+: /),
    });
  });
});

describe('what is printed', () => {
  test('--json is what the API replies, of lists and of records', async () => {
    const jobId = await jobOf('cli json', TASKS, { hold: true });
    for (const [command, path] of [
      [['job', jobId], `/jobs/${jobId}`],
      [['tasks', jobId], `/jobs/${jobId}/tasks`],
      [['events', jobId], `/jobs/${jobId}/events`],
      [['why', jobId], `/jobs/${jobId}/waiting`],
      [['features'], '/features'],
      [
        ['audit', '--type', 'JobSubmitted,jobheld', '--order', 'oldest'],
        '/events?type=JobSubmitted,JobHeld&order=oldest',
      ],
      [['groups'], '/groups'],
      [['handlers'], '/handlers'],
      [['aborts', '--job', jobId], `/aborts?jobId=${jobId}`],
    ] as const) {
      const { stdout, code } = await shell.run(...command, '--json');
      const said: unknown = await bodyOf(path);
      expect({ code, body: withoutTimes(JSON.parse(stdout)) }).toEqual({ code: 0, body: withoutTimes(said) });
    }
  });

  test('jsonl is a line for each item, yaml is YAML, and another format is refused', async () => {
    await jobOf('cli formats', TASKS, { hold: true });
    const lines = (await shell.run('jobs', '--limit', '1', '-o', 'jsonl')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).name)).toEqual(['cli formats']);
    expect((await shell.run('jobs', '--limit', '1', '-o', 'yaml')).stdout).toContain('name: cli formats');
    const refused = await shell.run('jobs', '-o', 'xml');
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Next: ') });
  });

  test('a table has whole ids, no colours in a pipe, and the next command is on stderr', async () => {
    const jobId = await jobOf('cli table', TASKS, { hold: true });
    const listed = await shell.run('jobs', '--status', 'Withhold', '--columns', 'id,name', '--mine');
    expect(listed.stdout).toMatch(new RegExp(`^${jobId}  cli table$`, 'm'));
    expect(listed.stdout).not.toContain('\u001b');
    expect((await shell.run('job', jobId)).stderr).toBe(`Next: lastcall watch ${jobId}\n`);
  });

  test('help comes at once, and wrong use says what is right', async () => {
    expect(await shell.run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('abort-status') });
    const wrong = async (...args: string[]) => {
      const { code, stdout, stderr } = await shell.run(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      return stderr.split('\n');
    };
    const next = ['  Next: lastcall jobs --help', ''];
    const command = "lastcall: unknown command 'jbos'. Did you mean jobs?";
    for (const words of [['jbos'], ['help', 'jbos']])
      expect(await wrong(...words)).toEqual([command, '  Next: lastcall --help', '']);
    expect((await shell.run('help', 'jobs')).stdout).toContain('Usage: lastcall jobs');
    const option = "lastcall: unknown option '--staus'. Did you mean --status?";
    expect(await wrong('jobs', '--staus', 'x')).toEqual([option, ...next]);
    expect(await wrong('jobs', '--status', 'Nope')).toEqual([expect.stringContaining('It must be one of'), ...next]);
  });

  test('a status is found by its name and by the words in which it is shown, of several also one', async () => {
    const jobId = await jobOf('cli statuses', TASKS, { hold: true });
    for (const status of ['Withhold', 'on hold', 'Finished,On hold'])
      expect((await shell.run('jobs', '--mine', '--status', status)).stdout).toContain(jobId);
    await shell.run('cancel', jobId);
    for (const status of ['NotRun', "Don't run", 'don’t run', 'Error,NotRun'])
      expect((await shell.run('tasks', jobId, '--status', status)).stdout).toMatch(/^one +echo +Don't run /m);
  });
});

test('set-group sets the priority of new jobs of a batch group', async () => {
  const set = await shell.run('set-group', 'cli-group', 'high');
  expect(set).toMatchObject({ code: 0, stdout: expect.stringMatching(/^cli-group +High +cli-SystemAdministrator$/m) });
  expect((await shell.run('groups')).stdout).toMatch(/^cli-group +High /m);
  expect(await pressTab('set-group', 'cli-')).toContain('cli-group\tHigh');
  expect(await reader.run('set-group', 'cli-group', 'Low')).toMatchObject({ code: 4 });
});

describe('an id', () => {
  test('may be a beginning that one job has, or @last', async () => {
    const jobId = await submitted('cli ids', TASKS, '--hold');
    expect((await shell.run('job', '@last')).stdout).toContain(jobId);
    expect((await shell.run('job', jobId.slice(0, 22).toLowerCase())).stdout).toContain(jobId);
    expect(await shell.run('job', jobId.slice(0, 2))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Several[\s\S]*Next: lastcall jobs/),
    });
    expect(await shell.run('job', '7ZZZZ')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('lastcall jobs'),
    });
    expect(await stranger.run('job', '@last')).toMatchObject({ code: 2, stderr: expect.stringContaining('@last') });
  });
});

describe('acts', () => {
  test('hold, release, priority, requeue and cancel print the job as it is then', async () => {
    const jobId = await jobOf('cli acts', LONG, { hold: true });
    const status = async (...command: string[]) => JSON.parse((await shell.run(...command, '--json')).stdout).status;
    expect(JSON.parse((await shell.run('priority', jobId, 'high', '--json')).stdout).priority).toBe('High');
    // A server may be quicker than the reply.
    const offered = ['Waiting', 'Executing'];
    expect(offered).toContain(await status('release', jobId));
    await eventually(async () => (await status('job', jobId)) === 'Executing');
    const cancelled = await shell.run('cancel', jobId, '--reason', 'enough');
    expect(cancelled).toMatchObject({ code: 0, stdout: expect.stringContaining('Cancelling') });
    expect((await shell.run('watch', jobId)).code).toBe(1);
    expect(await shell.run('cancel', jobId)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(new RegExp(`${jobId}: WrongStatus: [\\s\\S]*lastcall requeue ${jobId}`)),
    });
    expect(offered).toContain(await status('requeue', jobId, '--all'));
    expect((await shell.run('cancel', jobId)).code).toBe(0);
  });

  test('a requeue that finds all Finished says how to run that, too', async () => {
    const jobId = await jobOf('cli all finished', TASKS);
    expect((await shell.run('watch', jobId)).code).toBe(0);
    const { stdout, stderr } = await shell.run('requeue', jobId);
    expect(stdout).toMatch(/^Status +Finished$/m);
    expect(stderr).toContain(`lastcall requeue ${jobId} --all`);
  });

  test('a watch that takes too long ends with 124, and one that is left with 130; the job goes on', async () => {
    const jobId = await jobOf('cli leaving', LONG);
    expect(await shell.run('watch', jobId, '--timeout', '0.2')).toMatchObject({ code: 124 });
    const watching = shell.start(['watch', jobId]);
    await eventually(() => /Executing|Waiting/.test(watching.stderr()));
    watching.child.kill('SIGINT');
    const left = await watching.ended;
    expect(left).toMatchObject({ code: 130, stderr: expect.stringContaining(`lastcall watch ${jobId}`) });
    await shell.run('cancel', jobId);
    await shell.run('watch', jobId);
  });

  test('a role that is too low is refused with exit code 4 and the command that helps', async () => {
    const jobId = await jobOf('cli roles', TASKS, { hold: true });
    for (const command of [
      ['cancel', jobId],
      ['enable', 'EnhancedBatchAbort'],
      ['plan', jobId],
    ])
      expect(await reader.run(...command)).toMatchObject({
        code: 4,
        stderr: expect.stringContaining('lastcall login'),
      });
    expect((await shell.run('cancel', jobId)).code).toBe(0);
  });
});

describe('a session', () => {
  test('without a sign-in one line says how, and login keeps a token that only its owner can read', async () => {
    expect(await stranger.run('jobs')).toMatchObject({ code: 4, stderr: expect.stringContaining('lastcall login') });
    expect(await stranger.run('whoami')).toMatchObject({ code: 4 });
    expect(await stranger.run('login')).toMatchObject({ code: 2, stderr: expect.stringContaining('--user') });
    const signedIn = await stranger.run('login', '--user', 'ann', '--role', 'Reader,BatchUser');
    expect(signedIn).toMatchObject({ code: 0, stdout: '' });
    const file = join(stranger.folder, 'state', 'lastcall', 'tokens.json');
    expect(signedIn.stderr).toContain(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const who = JSON.parse((await stranger.run('whoami', '--json')).stdout);
    expect(who).toMatchObject({ user: 'ann', roles: ['Reader', 'BatchUser'], url: system.url });
    expect((await stranger.run('jobs')).code).toBe(0);
  });

  test('a token of local mode that the API takes no more is renewed by itself', async () => {
    const file = join(stranger.folder, 'state', 'lastcall', 'tokens.json');
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    kept[system.url].token = `${kept[system.url].token}x`;
    writeFileSync(file, JSON.stringify(kept));
    expect((await stranger.run('jobs')).code).toBe(0);
    expect((await stranger.run('logout')).code).toBe(0);
    expect((await stranger.run('jobs')).code).toBe(4);
  });

  test('a profile names the system, and a wrong one is refused with those that there are', async () => {
    const unset = openTerminal('', { LASTCALL_TOKEN: await system.token('cli-profile', ['Reader']) });
    for (const wrong of [
      ['--url', 'nonsense'],
      ['--profile', 'prod'],
    ])
      expect(await unset.run('jobs', ...wrong)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Next: the command again with'),
      });
    const { stderr, ...rest } = await unset.run('jobs', '--url', 'http://127.0.0.1:9');
    expect(rest).toEqual({ code: 1, stdout: '' });
    expect(stderr.match(/Trying again/g)).toHaveLength(1);
  });
});

/** What Tab offers. What comes too late for a person is not offered: on a busy machine, one presses it again. */
const untilOffered = (press: () => Promise<string[]>) =>
  eventually(
    async () => {
      const offers = await press();
      return offers.length > 0 && offers;
    },
    { limitMs: 30_000 },
  );
/** The lines that shells read: a value and what it is, without the last one, which tells the shell how to show them. */
const pressTab = (...words: string[]) =>
  untilOffered(async () => {
    const { stdout } = await shell.run('complete', '--', ...words);
    return stdout.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
  });
const pressTabInBash = (...words: string[]) => untilOffered(() => shell.bash(['lastcall', ...words]));

test('completion offers commands, and open jobs with their names', async () => {
  const jobId = await jobOf('cli completion', TASKS, { hold: true });
  for (const kind of ['zsh', 'fish', 'powershell'])
    expect((await shell.run('completion', kind)).stdout).toContain('lastcall');
  expect(await pressTab('abo')).toContainEqual(expect.stringMatching(/^abort-status\t/));
  expect(await pressTab('watch', '')).toContain(`${jobId}\tcli completion (Withhold)`);
  expect(await pressTab('jobs', '--status', 'With')).toEqual([expect.stringContaining('Withhold')]);
  expect(await pressTab('job', '-o', '')).toContainEqual(expect.stringContaining('jsonl'));
  expect(await pressTab('enable', '')).toContain('EnhancedBatchAbort\toff');
});

test('bash shows open jobs with name and status, and inserts the one id that fits', async () => {
  const jobId = await jobOf('cli in bash', TASKS, { hold: true });
  const other = await submitted('cli in bash too', TASKS, '--hold');
  expect(await pressTabInBash('abor')).toEqual([
    'abort  stop the running tasks of a cancelled job by force',
    'abort-status  show an abort',
    'aborts  list aborts',
  ]);
  const all = await pressTabInBash('watch', '');
  expect(all).toContain(`${jobId}  cli in bash (Withhold)`);
  expect(all).toContain(`${other}  cli in bash too (Withhold)`);
  expect(await pressTabInBash('watch', jobId.slice(0, -1))).toEqual([jobId]);
  expect(await shell.bash(['lastcall', 'submit', './'])).toEqual([]);
  for (const job of [jobId, jobId.slice(0, -1), '@last'])
    expect(await pressTabInBash('task', job, '')).toContain('one');
});

test('open prints the address of the job', async () => {
  const jobId = await jobOf('cli open', TASKS, { hold: true });
  expect((await shell.run('open', jobId)).stdout).toContain(jobId);
});

test('a reader that closes the pipe early is no fault', async () => {
  const listing = shell.start(['jobs', '--json']);
  listing.child.stdout?.destroy();
  const [code] = await once(listing.child, 'close');
  expect(code).toBe(0);
});

/** Counts and their age change with time alone. */
function withoutTimes(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, each) => (/^(taskCountsAt|at|heartbeatAt)$/.test(name) ? '' : each)));
}
