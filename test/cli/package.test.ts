/** The packed package, installed in an empty folder: it starts the system, each command drives it, it is imported. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { installPackage, nodeOfMachine, PACK_LIMIT_MS, type Packed } from '#test/support/cli/packed';
import { openTerminal, type Terminal } from '#test/support/cli/terminal';
import { freePorts } from '#test/support/flows/ports';
import { readJob } from '#test/support/flows/records';
import { eventually, isHealthyAt, type SystemAt, systemAt } from '#test/support/flows/system';

let packed: Packed;
beforeAll(() => {
  packed = installPackage();
}, PACK_LIMIT_MS);

test('has no sources, and all that it starts by path', () => {
  const files = readdirSync(packed.folder, { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
  for (const file of ['server/main.js', 'server/Dockerfile', 'statemachines/abort-job.asl.json', 'package-lock.json'])
    expect(files).toContain(join('dist', file));
});

test('is imported as lastcall/client and lastcall/sdk', () => {
  const file = join(packed.user, 'user.mjs');
  const source = `import { Client } from 'lastcall/client';
    import { defineHandler, z } from 'lastcall/sdk';
    console.log([Client, defineHandler, z.object].map((each) => typeof each).join());`;
  writeFileSync(file, source);
  expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe('function,function,function\n');
});

describe('on the Node of the machine', () => {
  const LOCAL = ['--servers', '1', '--slots', '4', '--drain-seconds', '60', '--heartbeat-seconds', '1'];
  const ECHO = [{ taskId: 'one', handler: 'echo' }];
  const LONG = [{ taskId: 'long', handler: 'sleep', input: { seconds: 60, cooperative: true } }];
  const HANGS = [{ taskId: 'hangs', handler: 'block', input: { seconds: 300 } }];
  const REASON = ['--reason', 'it hangs'];
  const commands = new Set(['local']);
  const codes = new Set<number | null>();
  let system: SystemAt;
  let shell: Terminal;
  let stop: () => Promise<number | null>;

  beforeAll(async () => {
    const port = await freePorts(4);
    const node = nodeOfMachine();
    const host = spawn(node, [packed.program, 'local', '--port', String(port), ...LOCAL], { stdio: 'ignore' });
    const ended = once(host, 'close');
    stop = async () => {
      host.kill('SIGTERM');
      return (await ended)[0];
    };
    await eventually(() => isHealthyAt(port), { limitMs: 30_000 });
    system = systemAt(port, () => '');
    shell = openTerminal(system.url, {}, [node, packed.program]);
  });
  afterAll(() => stop());

  /** Runs it, expects the exit code, and returns what it has printed as data. */
  async function runs(code: number, line: string, more: readonly string[] = [], input?: string): Promise<string> {
    const args = [...line.split(' '), ...more];
    const ran = await shell.start(args, input).ended;
    expect({ line, ...ran }).toMatchObject({ line, code });
    commands.add(args[0] ?? '');
    codes.add(ran.code);
    return ran.stdout;
  }
  const submits = async (name: string, tasks: object[], ...flags: string[]): Promise<string> =>
    JSON.parse(await runs(0, 'submit - --json', flags, JSON.stringify({ name, tasks }))).jobId;
  const isExecuting = (jobId: string) => eventually(async () => (await readJob(system, jobId)).status === 'Executing');

  test('one signs in, and reads what the system is', async () => {
    await runs(4, 'jobs');
    await runs(0, 'login --user ann --role SystemAdministrator');
    expect(await runs(0, 'whoami')).toMatch(/^Roles +SystemAdministrator$/m);
    await eventually(async () => (await runs(0, 'servers')).includes('Active'));
    expect(await runs(0, 'handlers')).toContain('echo');
    expect(await runs(0, 'disable EnhancedBatchAbort')).toMatch(/Abort +no +ann/);
    expect(await runs(0, 'enable EnhancedBatchAbort')).toMatch(/Abort +yes +ann/);
    expect(await runs(0, 'features')).toContain('ann');
    expect(await runs(0, 'audit --type FeatureChanged --by ann')).toMatch(/(?=.*before=false).*after=true/);
    expect(await runs(0, 'completion bash')).toContain('complete');
  });

  test('a job goes from its file to its end, and every act reaches it', async () => {
    await runs(0, 'init');
    expect(await runs(0, 'validate job.lastcall.yaml')).toContain('prepare -> work -> report');
    const jobId = await submits('packed', ECHO, '--hold');
    expect(await runs(0, 'why @last')).toMatch(/^its release .* Release the job\.$/m);
    await runs(0, 'priority @last High');
    expect(await runs(0, 'jobs --status Withhold')).toContain(jobId);
    await runs(0, 'add-tasks @last -', [], JSON.stringify({ tasks: [{ handler: 'echo' }] }));
    await runs(0, 'release @last');
    await runs(0, 'watch @last');
    expect(await runs(0, 'tasks @last')).toContain('Finished');
    expect(await runs(0, 'task @last one')).toMatch(/^Handler +echo$/m);
    expect(await runs(0, 'events @last')).toContain('JobReleased');
    expect(await runs(0, 'open @last --no-browser')).toContain(jobId);
    await runs(3, 'cancel @last');
    await runs(0, 'requeue @last --all');
    await runs(0, 'watch @last');
    expect(await runs(0, 'groups')).toContain('default');
    expect(await runs(0, 'set-group default High')).toMatch(/default +High +ann/);
    await runs(2, 'jobs --status Nope');
  });

  test('a job that hangs is cancelled and aborted, once withdrawn and once to the proof', async () => {
    const beside = await submits('beside', LONG);
    const jobId = await submits('hangs', HANGS);
    await isExecuting(beside);
    await isExecuting(jobId);
    expect(await runs(0, `job ${jobId}`)).toContain('Executing');
    await runs(124, `watch ${jobId} --timeout 0.1`);
    await runs(0, `cancel ${jobId}`);
    expect(await runs(0, 'plan @last')).toContain('beside');
    await runs(2, 'abort @last --yes', REASON);
    await runs(0, 'abort @last --yes --accept-harm --detach', REASON);
    await runs(0, 'withdraw @last');
    expect(await runs(1, 'abort-status @last --watch')).toMatch(/^Withdrawal +\S+ by [\s\S]*^Withdrawn/m);
    await runs(0, `cancel ${beside}`);
    await runs(1, `watch ${beside}`);
    expect(await runs(0, `abort ${jobId} --yes --accept-harm`, REASON)).toMatch(/^Completed/m);
    expect(await runs(0, `aborts --job ${jobId}`)).toContain('Withdrawn');
  });

  test('a job is held before its start, and a watch is left by Ctrl-C', async () => {
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const later = JSON.stringify({ name: 'later', tasks: ECHO, startAt });
    await runs(0, 'submit -', [], later);
    const watching = shell.start(['watch', '@last']);
    await eventually(() => watching.stderr().includes('Waiting'));
    watching.child.kill('SIGINT');
    codes.add((await watching.ended).code);
    expect(await runs(0, 'hold @last')).toContain('Withhold');
    await runs(0, 'logout');
  });

  test('each command of the help was run, and each exit code of the contract was seen', async () => {
    const help = await runs(0, '--help');
    const listed = help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z-]+)/gm);
    const names = [...listed].map(([, name]) => name).filter((name) => name !== 'help');
    expect(names.length).toBeGreaterThan(25);
    expect(names.filter((name = '') => !commands.has(name))).toEqual([]);
    expect([...codes].sort()).toEqual([0, 1, 124, 130, 2, 3, 4]);
  });
});
