import { join } from 'node:path';
import { StopTaskCommand, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  childPid,
  describeTask,
  endTrials,
  isAlive,
  listTasks,
  newFolder,
  PROGRAMS,
  readyPids,
  startTrial,
  type Trial,
  untilStatus,
} from '#test/support/local/ecs-trial';

afterEach(endTrials);

function stopTask({ client }: Trial, task: string | undefined, reason?: string) {
  return client.send(new StopTaskCommand({ cluster: 'lastcall', task, reason }));
}

function updateService({ client }: Trial, desiredCount: number) {
  return client.send(new UpdateServiceCommand({ cluster: 'lastcall', service: 'batch-server', desiredCount }));
}

describe('the supervisor', () => {
  test('starts the desired number of containers and reports each as PENDING, then RUNNING', async () => {
    const trial = await startTrial(PROGRAMS.polite, { desiredCount: 2 });
    const pids = await readyPids(trial, 2);
    expect(pids.every(isAlive)).toBe(true);
    const tasks = await listTasks(trial);
    expect(tasks).toHaveLength(2);
    for (const taskArn of tasks) {
      const running = await untilStatus(trial, 'RUNNING', taskArn);
      expect(running.detail).toMatchObject({ version: 2, group: 'service:batch-server', launchType: 'FARGATE' });
      expect((await untilStatus(trial, 'PENDING', taskArn)).detail.version).toBe(1);
    }
  });

  test('passes a container its own environment, and only PATH, HOME and TMPDIR of the host', async () => {
    process.env.LASTCALL_SECRET_OF_HOST = 'x';
    const program = `${PROGRAMS.polite} console.log('env ' + Object.keys(process.env).sort().join());`;
    const trial = await startTrial(program, { environment: { GROUPS: 'default' } });
    const line = await trial.lines.until('the environment', (text) => text.includes(' env '));
    delete process.env.LASTCALL_SECRET_OF_HOST;
    const names = line
      .split(' ')[2]
      ?.split(',')
      .filter((name) => !['PATH', 'HOME', 'TMPDIR'].includes(name) && !name.startsWith('__'));
    expect(names).toEqual(['ECS_AGENT_URI', 'ECS_CONTAINER_METADATA_URI_V4', 'GROUPS']);
  });

  test('reports a killed container as STOPPED with exit code 137, and starts a replacement', async () => {
    const trial = await startTrial(PROGRAMS.polite);
    const [pid = 0] = await readyPids(trial, 1);
    const [taskArn] = await listTasks(trial);
    process.kill(pid, 'SIGKILL');
    const { detail } = await untilStatus(trial, 'STOPPED', taskArn);
    expect(detail).toMatchObject({ stopCode: 'EssentialContainerExited', desiredStatus: 'STOPPED', version: 4 });
    expect(detail.containers[0]).toMatchObject({ exitCode: 137, lastStatus: 'STOPPED', name: 'batch-server' });
    const [, replacement] = await readyPids(trial, 2);
    expect(isAlive(replacement)).toBe(true);
    expect(await listTasks(trial)).not.toContain(taskArn);
  });

  test('lets a stopped container end by itself, and keeps the code and the reason of the stop', async () => {
    const trial = await startTrial(PROGRAMS.polite);
    await readyPids(trial, 1);
    const [taskArn] = await listTasks(trial);
    const answer = await stopTask(trial, taskArn, 'for a test');
    expect(answer.task).toMatchObject({
      desiredStatus: 'STOPPED',
      lastStatus: 'STOPPING',
      stoppedReason: 'for a test',
    });
    const { detail } = await untilStatus(trial, 'STOPPED', taskArn);
    expect(detail).toMatchObject({ stopCode: 'UserInitiated', stoppedReason: 'for a test' });
    expect(detail.containers[0]?.exitCode).toBe(0);
    const again = await stopTask(trial, taskArn, 'another reason');
    expect(again.task).toMatchObject({ lastStatus: 'STOPPED', stoppedReason: 'for a test', version: detail.version });
    await readyPids(trial, 2);
  });

  test('kills a container that ignores SIGTERM after the stop timeout', async () => {
    const trial = await startTrial(PROGRAMS.deaf);
    await readyPids(trial, 1);
    const [taskArn] = await listTasks(trial);
    const askedMs = Date.now();
    await stopTask(trial, taskArn);
    await trial.lines.until('SIGTERM', (line) => line.endsWith('heard SIGTERM'));
    expect((await describeTask(trial, taskArn)).lastStatus).toBe('STOPPING');
    const { detail } = await untilStatus(trial, 'STOPPED', taskArn);
    expect(detail.containers[0]?.exitCode).toBe(137);
    expect(Date.now() - askedMs).toBeGreaterThanOrEqual(295);
  });

  test.each([
    ['in its process group', "stdio: 'inherit'"],
    ['in another group', "stdio: 'ignore', detached: true"],
  ])('kills the processes that a container leaves %s', async (_, options) => {
    const trial = await startTrial(`${PROGRAMS.polite}
      import { spawn } from 'node:child_process';
      const child = spawn('sleep', ['3600'], { ${options} });
      console.log('child ' + child.pid);`);
    const child = await childPid(trial);
    await readyPids(trial, 1);
    const [taskArn] = await listTasks(trial);
    await stopTask(trial, taskArn);
    await untilStatus(trial, 'STOPPED', taskArn);
    expect(isAlive(child)).toBe(false);
  });

  test('does not report STOPPED while a descendant that cannot be found holds the output', async () => {
    const source = `setInterval(() => {}, 1000); console.log('child ' + process.pid)`;
    // The replacement starts none: the test could not find it either.
    const flag = join(newFolder(), 'started');
    const trial = await startTrial(`${PROGRAMS.polite}
      import { spawn } from 'node:child_process';
      import { existsSync, writeFileSync } from 'node:fs';
      if (!existsSync('${flag}')) spawn(process.execPath, ['-e', ${JSON.stringify(source)}], { stdio: 'inherit', detached: true, env: {} });
      writeFileSync('${flag}', '');`);
    const child = await childPid(trial);
    await readyPids(trial, 1);
    const [taskArn] = await listTasks(trial);
    await stopTask(trial, taskArn);
    // The main process exited long before the replacement is ready, but the task is not STOPPED yet.
    await readyPids(trial, 2);
    const meanwhile = await describeTask(trial, taskArn);
    expect(meanwhile).toMatchObject({ lastStatus: 'DEPROVISIONING', desiredStatus: 'STOPPED' });
    expect(meanwhile.stoppedAt).toBeUndefined();
    process.kill(child, 'SIGKILL');
    await untilStatus(trial, 'STOPPED', taskArn);
  });

  test('starts more containers for a higher desired count, and stops the newest for a lower one', async () => {
    const trial = await startTrial(PROGRAMS.polite);
    await readyPids(trial, 1);
    const { service } = await updateService(trial, 3);
    expect(service?.desiredCount).toBe(3);
    await readyPids(trial, 3);
    const [oldest, middle, newest] = await listTasks(trial);
    await updateService(trial, 1);
    expect(await listTasks(trial)).toEqual([oldest]);
    for (const taskArn of [middle, newest])
      expect((await untilStatus(trial, 'STOPPED', taskArn)).detail.stopCode).toBe('ServiceSchedulerInitiated');
    expect(trial.lines.items.filter((line) => line.includes(' ready '))).toHaveLength(3);
  });

  test('reports a program that cannot start, and tries again', async () => {
    const trial = await startTrial('', { command: ['/nonexistent/program'] });
    const { detail } = await untilStatus(trial, 'STOPPED');
    expect(detail).toMatchObject({ stopCode: 'TaskFailedToStart' });
    expect(detail.containers[0]?.reason).toContain('ENOENT');
    await trial.lines.until('the back-off', (line) => line.includes('because the last ones ended soon'));
  });

  test('pauses between starts of a program that ends at once, even with exit code 0', async () => {
    const trial = await startTrial('process.exit(0)');
    await trial.lines.until('the back-off', (line) => line.includes('because the last ones ended soon'));
  });

  test('close stops every container, leaves no process, and frees the port', async () => {
    const trial = await startTrial(PROGRAMS.polite, { desiredCount: 2 });
    const pids = await readyPids(trial, 2);
    await trial.ecs.close();
    expect(pids.some(isAlive)).toBe(false);
    expect(trial.events.items.filter(({ detail }) => detail.lastStatus === 'STOPPED')).toHaveLength(2);
    await expect(fetch(trial.ecs.url)).rejects.toThrow();
  });

  test('a second close kills the containers that ignore SIGTERM', async () => {
    const trial = await startTrial(PROGRAMS.deaf, { stopTimeoutSeconds: 60 });
    const pids = await readyPids(trial, 1);
    const closed = trial.ecs.close();
    await trial.lines.until('SIGTERM', (line) => line.endsWith('heard SIGTERM'));
    await Promise.all([closed, trial.ecs.close()]);
    expect(pids.some(isAlive)).toBe(false);
  });
});
