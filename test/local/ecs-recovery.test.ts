import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startEcs } from '#local/aws/ecs/ecs';
import { shortTaskId } from '#local/aws/ecs/names';
import {
  childPid,
  commandOf,
  describeTask,
  endTrials,
  Feed,
  isAlive,
  listTasks,
  NAMES,
  newFolder,
  PROGRAMS,
  readyPids,
  startTrial,
  untilStatus,
} from '#test/support/local/ecs-trial';

afterEach(endTrials);

/** Ignores SIGTERM and the end of its stdin. Has a child in another process group, without output. */
const STUBBORN = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);
  import { spawn } from 'node:child_process';
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached: true });
  console.log('child ' + child.pid);`;

/** A host in its own process, which can be killed. */
async function startHost(program: string, journalFile: string) {
  const module = new URL('../../local/aws/ecs/ecs.ts', import.meta.url).href;
  const options = {
    port: 0,
    ...NAMES,
    command: commandOf(program),
    environment: {},
    desiredCount: 1,
    journalFile,
  };
  const source = `import { startEcs } from '${module}';
    await startEcs({ ...${JSON.stringify(options)}, onStateChange: async () => {}, log: (line) => console.log(line) });`;
  const host = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = new Feed<string>();
  host.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.trim().split('\n')) lines.add(line);
  });
  return { host, lines };
}

describe('the journal', () => {
  test('lets a new host end and report the containers of a host that was killed', async () => {
    const journalFile = join(newFolder(), 'ecs.json');
    const { host, lines } = await startHost(STUBBORN, journalFile);
    const [pid] = await readyPids({ lines }, 1);
    const child = await childPid({ lines });
    host.kill('SIGKILL');
    await once(host, 'exit');
    expect(isAlive(pid)).toBe(true);

    const startedMs = Date.now();
    const trial = await startTrial(PROGRAMS.polite, { journalFile });
    expect(Date.now() - startedMs).toBeLessThan(1_000);
    const { detail } = await untilStatus(trial, 'STOPPED');
    expect(isAlive(pid)).toBe(false);
    if (process.platform === 'linux') expect(isAlive(child)).toBe(false);
    expect(lines.items).toContain(`${shortTaskId(detail.taskArn)} ready ${pid}`);
    expect(detail).toMatchObject({
      stopCode: 'TerminationNotice',
      stoppedReason: expect.stringContaining('lost'),
    });
    expect(detail.containers[0]?.exitCode).toBe(137);
    expect(await describeTask(trial, detail.taskArn)).toMatchObject({ lastStatus: 'STOPPED', version: detail.version });
    await readyPids(trial, 1);
    expect(await listTasks(trial)).not.toContain(detail.taskArn);
  });

  test('does not kill another process that now has the process id of a lost container', async () => {
    const journalFile = join(newFolder(), 'ecs.json');
    const { host, lines } = await startHost(PROGRAMS.polite, journalFile);
    await readyPids({ lines }, 1);
    host.kill('SIGKILL');
    await once(host, 'exit');
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true });
    const journal = JSON.parse(readFileSync(journalFile, 'utf8'));
    journal.entries[0].process.pid = bystander.pid;
    writeFileSync(journalFile, JSON.stringify(journal));

    const trial = await startTrial(PROGRAMS.polite, { journalFile });
    await untilStatus(trial, 'STOPPED');
    expect(isAlive(bystander.pid)).toBe(true);
    bystander.kill('SIGKILL');
    await once(bystander, 'exit');
  });

  test('makes the next host deliver the events that the handler had not accepted', async () => {
    const journalFile = join(newFolder(), 'ecs.json');
    const onStateChange = async () => {
      throw new Error('no listener');
    };
    const deaf = await startTrial(PROGRAMS.polite, { journalFile, onStateChange, stopTimeoutSeconds: 30 });
    await readyPids(deaf, 1);
    const [taskArn] = await listTasks(deaf);
    await deaf.ecs.close();
    const trial = await startTrial(PROGRAMS.polite, { journalFile, desiredCount: 0 });
    const { detail } = await untilStatus(trial, 'STOPPED', taskArn);
    expect(detail.containers[0]?.exitCode).toBe(0);
    await trial.ecs.close();
    expect(JSON.parse(readFileSync(journalFile, 'utf8')).entries).toEqual([]);
  });

  test('is not written by a second host whose port is taken', async () => {
    const first = await startTrial(PROGRAMS.polite);
    const journalFile = join(newFolder(), 'ecs.json');
    const port = Number(new URL(first.ecs.url).port);
    await expect(startTrial(PROGRAMS.polite, { port, journalFile })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(journalFile)).toBe(false);
  });

  test.each([{ desiredCount: -1 }, { command: [] }, { stopTimeoutSeconds: -1 }, { port: 70_000 }])(
    'a host with the wrong options %j does not start',
    async (wrong) => {
      const right = { port: 0, ...NAMES, command: ['x'], environment: {}, desiredCount: 0, log: () => {} };
      await expect(startEcs({ ...right, onStateChange: async () => {}, ...wrong })).rejects.toThrow(
        new RegExp(Object.keys(wrong).join()),
      );
    },
  );
});
