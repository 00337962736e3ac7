/** An abort at the command line, from the plan to the proof, in a pipe: job A hangs beside job B. */
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { openTerminal, type Terminal } from '#test/support/cli/terminal';
import { startIssuer } from '#test/support/client/oidc-issuer';
import { tokenFor } from '#test/support/flows/client';
import { makeDirectory } from '#test/support/flows/directory';
import { readJob, submitJob } from '#test/support/flows/records';
import { eventually, type System, startSystem } from '#test/support/flows/system';
import { release, WITNESS } from '#test/support/witness/runs';

const DIRECTORY = makeDirectory('abort');
const [BESIDE, LATE] = [join(DIRECTORY, 'beside'), join(DIRECTORY, 'late')];
/** One server with a slot to spare. */
const SERVER = ['--servers', '1', '--slots', '4', '--heartbeat-seconds', '1', '--drain-seconds', '120'];
/** Runs until it is released. */
const held = (taskId: string, file = BESIDE) => ({ taskId, handler: 'witness', input: { file, kind: 'held' } });
/** How long a token lasts that expires while servers drain. */
const BRIEFLY = 5;
/** And one with which a command begins first, also where it takes seconds to start. */
const LONGER = 10;
const HANGS = [{ taskId: 'hangs', handler: 'block', input: { seconds: 300 } }];

let system: System;
let token: string;
let shell: Terminal;
let user: Terminal;

beforeAll(async () => {
  system = await startSystem({ args: [...SERVER, '--handlers', WITNESS] });
  token = await system.token('night', ['SystemAdministrator']);
  shell = openTerminal(system.url, { LASTCALL_TOKEN: token });
  user = openTerminal(system.url, { LASTCALL_TOKEN: await system.token('day', ['BatchUser']) });
  expect((await shell.run('enable', 'EnhancedBatchAbort')).code).toBe(0);
});

const submit = async (name: string, tasks: object[]): Promise<string> =>
  (await submitJob(system, { name, tasks }, { as: { token } })).jobId;
/** A user whom an issuer has signed in: a token lasts briefly, and the next one comes by itself. */
async function signedInBriefly(): Promise<{ terminal: Terminal; grants: readonly string[] }> {
  const admin = { user: 'night', roles: ['SystemAdministrator'], expiresInSeconds: BRIEFLY } as const;
  const issuer = await startIssuer({ clientId: 'cli', accessToken: () => tokenFor(system.url, admin) });
  const terminal = openTerminal(system.url, { PATH: '' });
  const login = terminal.start(['login', '--issuer', issuer.url, '--client-id', 'cli']);
  await fetch(await eventually(() => /Sign in at (\S+)/.exec(login.stderr())?.[1]));
  expect((await login.ended).code).toBe(0);
  return { terminal, grants: issuer.grants };
}
/** A claimed task counts as Executing a moment before it starts; then its job does. */
async function isExecuting(jobId: string, count: number): Promise<boolean> {
  const { status, taskCounts } = await readJob(system, jobId);
  return status === 'Executing' && taskCounts.Executing === count;
}

test('shows the harm, aborts what was confirmed, can be left and come back to, and proves the end', async () => {
  const b = await submit('B beside', [held('b1'), held('b2')]);
  await eventually(() => isExecuting(b, 2));
  const a = await submit('A hangs', HANGS);
  await eventually(() => isExecuting(a, 1));
  expect((await shell.run('cancel', a, '--reason', 'it hangs')).stdout).toContain('1 Cancelling');

  expect(await user.run('abort', a, '--yes', '--reason', 'night')).toMatchObject({ code: 4 });
  expect(await shell.run('abort', a, '--yes')).toMatchObject({ code: 2, stderr: expect.stringContaining('--reason') });
  expect(await shell.run('abort', a, '--reason', 'night')).toMatchObject({ code: 2, stdout: '' });
  const plan = JSON.parse((await shell.run('plan', a, '--json')).stdout);
  const refused = await shell.run('abort', a, '--yes', '--reason', 'night');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`--yes --plan ${plan.planId}`) });
  expect(refused.stderr).toMatch(/B beside .* FAILS: not restartable/);
  expect(refused.stderr).toContain('orphaned or incomplete data');

  const c = await submit('C comes late', [held('c1')]);
  await eventually(() => isExecuting(c, 1));
  const changed = await shell.run('abort', a, '--yes', '--reason', 'night', '--plan', plan.planId);
  expect(changed).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining('PlanChanged') });
  expect(changed.stderr.match(/C comes late .* FAILS: not restartable/g)).toHaveLength(1);
  expect(changed.stderr).toContain(`The plan ${plan.planId} is not the current one`);
  expect(changed.stderr).toMatch(/Next: .* --reason TEXT --yes --plan/);
  const now = JSON.parse((await shell.run('plan', a, '--json')).stdout);

  const aborting = shell.start(['abort', a, '--yes', '--reason', 'night', '--plan', now.planId]);
  await eventually(() => /\d{4}-\S+ server \w+: draining, waits for \w\d of/.test(aborting.stderr()));
  aborting.child.kill('SIGINT');
  const left = await aborting.ended;
  expect(left).toMatchObject({ code: 130, stderr: expect.stringContaining('lastcall withdraw') });

  const { terminal: renewed, grants } = await signedInBriefly();
  const abortId = /lastcall withdraw (\w+)/.exec(left.stderr)?.[1] ?? '';
  const proof = renewed.run('abort-status', abortId, '--watch');
  const over = openTerminal(system.url, {
    LASTCALL_TOKEN: await tokenFor(system.url, { user: 'x', roles: ['Reader'], expiresInSeconds: LONGER }),
  });
  const lost = await over.run('abort-status', abortId, '--watch');
  expect(lost).toMatchObject({ code: 4, stderr: expect.stringContaining('The abort goes on') });
  expect(lost.stderr).toMatch(/Next: set LASTCALL_TOKEN .* then lastcall abort-status \w+ --watch/);

  release(BESIDE);
  const proven = await proof;
  expect(proven.code).toBe(0);
  expect(grants).toContain('refresh_token');
  for (const named of ['@last', a, a.slice(0, -1)])
    expect(await shell.run('abort-status', named)).toMatchObject({ code: 0, stdout: expect.stringContaining(abortId) });
  expect(await shell.run('abort-status', b)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`lastcall aborts --job ${b}`),
  });
  expect(await shell.run('withdraw', a)).toMatchObject({ code: 3, stderr: expect.stringContaining('WrongStatus') });
  const words = proven.stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0]);
  expect(words).toEqual(['Requested', 'Drained', 'Stopped', 'Settled', 'Replaced', 'Completed']);
  expect(proven.stdout).toMatch(/^Settled +of the job: 1 Cancelled; of others: 3 Finished$/m);
  expect(proven.stdout).toMatch(/^Replaced +\w+ by \w+$/m);
  expect(await shell.run('abort', a, '--yes', '--reason', 'again')).toMatchObject({ code: 3 });
});

test('at a terminal it shows the plan, and then asks why and whether', async () => {
  const a = await submit('A hangs again', HANGS);
  await eventually(() => isExecuting(a, 1));
  for (const command of [
    ['plan', a],
    ['abort', a, '--reason', 'early'],
  ])
    expect(await shell.run(...command)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`lastcall cancel ${a}`),
    });
  expect((await shell.run('cancel', a)).code).toBe(0);

  const leaving = shell.ask('abort', a);
  await eventually(() => leaving.stdout().includes('aborted? '));
  leaving.child.stdin?.write('\u0003');
  expect(await leaving.ended).toMatchObject({ code: 130, stdout: expect.stringContaining('Nothing was aborted.') });

  const asking = shell.ask('abort', a);
  const isAsked = (question: string) => eventually(() => asking.stdout().includes(question));
  await isAsked('Why is "A hangs again" aborted? ');
  expect(asking.stdout()).toContain(`abort the job ${a}`);
  expect(asking.stdout()).toContain('No other server serves every batch group during the restart.');
  const d = await submit('D comes late', [held('d1', LATE)]);
  await eventually(() => isExecuting(d, 1));
  asking.child.stdin?.write('it hangs again\r');
  await isAsked('Abort "A hangs again"? (y/N) ');
  asking.child.stdin?.write('y\r');
  await isAsked('type the name of the job (A hangs again): ');
  expect(asking.stdout()).toMatch(/The plan has changed[\s\S]*D comes late .* FAILS: not restartable/);
  asking.child.stdin?.write('A hangs again\r');
  release(LATE);
  const { code, stdout } = await asking.ended;
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/by night: it hangs again/) });
});
