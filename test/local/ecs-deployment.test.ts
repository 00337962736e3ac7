/** Deployments, scale-in and protection on the local ECS, by the rules of Amazon ECS. */
import { UpdateTaskProtectionCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { breakerThreshold } from '#local/aws/ecs/deployments/deployments';
import { deploymentConfigurationSchema, nextSteps } from '#local/aws/ecs/deployments/rolling-update';
import { eventually } from '#test/support/flows/system';
import { deploymentsOf, register, untilRollout, update } from '#test/support/local/ecs-service';
import {
  describeTask,
  endTrials,
  listTasks,
  PROGRAMS,
  readyPids,
  startTrial,
  type Trial,
  untilStatus,
} from '#test/support/local/ecs-trial';

afterEach(endTrials);

async function protect({ client }: Trial, tasks: string[], protectionEnabled = true) {
  return await client.send(new UpdateTaskProtectionCommand({ cluster: 'lastcall', tasks, protectionEnabled }));
}

describe('protection', () => {
  test('is refused with DEPLOYMENT_BLOCKED while more tasks would be protected than are desired', async () => {
    const trial = await startTrial(PROGRAMS.polite, { desiredCount: 2 });
    await readyPids(trial, 2);
    const [first = '', second = ''] = await listTasks(trial);
    expect((await protect(trial, [first, second])).failures).toEqual([]);
    await update(trial, { desiredCount: 1 });
    // A renewal counts like any other request.
    const renewed = await protect(trial, [first]);
    expect(renewed).toMatchObject({ protectedTasks: [], failures: [{ arn: first, reason: 'DEPLOYMENT_BLOCKED' }] });
    expect(await listTasks(trial)).toEqual([first, second]);
    await protect(trial, [second], false);
    await untilStatus(trial, 'STOPPED', second);
    expect((await protect(trial, [first])).failures).toEqual([]);
  });

  test('is refused like that at the endpoint of the agent, with status 200', async () => {
    const trial = await startTrial(`${PROGRAMS.polite} console.log('agent ' + process.env.ECS_AGENT_URI);`);
    await readyPids(trial, 1);
    const line = await trial.lines.until('the agent', (text) => text.includes(' agent http'));
    const [taskArn = ''] = await listTasks(trial);
    await protect(trial, [taskArn]);
    await update(trial, { desiredCount: 0 });
    const response = await fetch(`${line.split(' ').at(-1)}/task-protection/v1/state`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ProtectionEnabled: true, ExpiresInMinutes: 2 }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ failure: { Arn: taskArn, Reason: 'DEPLOYMENT_BLOCKED', Detail: null } });
  });

  test.each([0, 2881, 1.5])('does not last %p minutes', async (expiresInMinutes) => {
    const trial = await startTrial(PROGRAMS.polite);
    const tasks = await listTasks(trial);
    const request = { cluster: 'lastcall', tasks, protectionEnabled: true, expiresInMinutes };
    await expect(trial.client.send(new UpdateTaskProtectionCommand(request))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });
});

describe('a deployment', () => {
  test('replaces the tasks by those of the new revision, and ends', async () => {
    const trial = await startTrial(PROGRAMS.polite, { desiredCount: 2 });
    await readyPids(trial, 2);
    const before = await listTasks(trial);
    await register(trial, { environment: [{ name: 'COLOUR', value: 'blue' }] });
    const { service } = await update(trial, { taskDefinition: 'batch-server:2' });
    expect(service?.deployments).toMatchObject([
      { status: 'PRIMARY', rolloutState: 'IN_PROGRESS', desiredCount: 2 },
      { status: 'ACTIVE', rolloutState: 'COMPLETED', runningCount: 2, desiredCount: 0 },
    ]);
    for (const taskArn of before)
      expect((await untilStatus(trial, 'STOPPED', taskArn)).detail.stopCode).toBe('ServiceSchedulerInitiated');
    await untilRollout(trial, 'COMPLETED');
    for (const taskArn of await listTasks(trial))
      expect((await describeTask(trial, taskArn)).taskDefinitionArn).toMatch(/:2$/);
  });

  test('does not end while a task of the old revision is protected, and stops it when its protection ends', async () => {
    const trial = await startTrial(PROGRAMS.polite, { desiredCount: 2 });
    await readyPids(trial, 2);
    const [busy = '', idle = ''] = await listTasks(trial);
    await protect(trial, [busy]);
    await update(trial, { forceNewDeployment: true });
    await untilStatus(trial, 'STOPPED', idle);
    await eventually(async () => (await deploymentsOf(trial))[0]?.runningCount === 2);
    expect((await deploymentsOf(trial)).map(({ rolloutState }) => rolloutState)).toEqual(['IN_PROGRESS', 'COMPLETED']);
    expect(await listTasks(trial)).toHaveLength(3);
    await protect(trial, [busy], false);
    await untilStatus(trial, 'STOPPED', busy);
    await untilRollout(trial, 'COMPLETED');
  });

  test('whose tasks cannot start is rolled back by the circuit breaker', async () => {
    const trial = await startTrial(PROGRAMS.polite);
    await readyPids(trial, 1);
    const before = await listTasks(trial);
    await register(trial, { command: ['/nonexistent/program'] });
    await update(trial, { taskDefinition: 'batch-server' });
    await trial.lines.until('the breaker', (line) => line.includes('failed: tasks failed to start'));
    await untilRollout(trial, 'COMPLETED');
    expect(await listTasks(trial)).toEqual(before);
  });

  test.each([
    { desired: 1, threshold: 3 },
    { desired: 25, threshold: 13 },
    { desired: 800, threshold: 200 },
  ])('of $desired tasks fails after $threshold that could not start', ({ desired, threshold }) => {
    expect(breakerThreshold(desired)).toBe(threshold);
  });

  test.each([
    {
      what: 'starts all new tasks beside the old ones',
      desired: 4,
      current: 0,
      former: 4,
      healthy: 4,
      steps: [4, 0, 0],
    },
    {
      what: 'stops an old one for each new healthy one',
      desired: 4,
      current: 4,
      former: 4,
      healthy: 5,
      steps: [0, 0, 1],
    },
    { what: 'starts none above the maximum', desired: 4, current: 2, former: 6, healthy: 8, steps: [0, 0, 4] },
    { what: 'stops new ones when fewer are desired', desired: 1, current: 2, former: 1, healthy: 3, steps: [0, 1, 1] },
  ])('$what', ({ desired, current, former, healthy, steps }) => {
    const census = {
      desired,
      current,
      former,
      unhealthy: 0,
      healthy,
      presentCurrent: current,
      present: current + former,
    };
    const { start, stopCurrent, stopFormer } = nextSteps(census, deploymentConfigurationSchema.parse({}));
    expect([start, stopCurrent, stopFormer]).toEqual(steps);
  });
});

describe('with the manners of AWS', () => {
  test('a task is provisioned before it runs, and at first it is not described', async () => {
    const trial = await startTrial(PROGRAMS.polite, { mannersSeed: 7 });
    const [taskArn = ''] = await listTasks(trial);
    await expect(describeTask(trial, taskArn)).rejects.toThrow('not described');
    await readyPids(trial, 1);
    const versions = await Promise.all(
      ['PROVISIONING', 'PENDING', 'RUNNING'].map(async (status) => (await untilStatus(trial, status)).detail.version),
    );
    expect(versions).toEqual([1, 2, 3]);
  });

  test('a replacement starts beside the task that stops, and events come twice and out of order', async () => {
    const trial = await startTrial(PROGRAMS.polite, { mannersSeed: 7, desiredCount: 4 });
    const tasks = await listTasks(trial);
    await readyPids(trial, 4);
    for (const taskArn of tasks)
      trial.ecs.retire(taskArn, { stopCode: 'SpotInterruption', stoppedReason: 'Your Spot Task was interrupted.' });
    expect(await listTasks(trial)).toHaveLength(4);
    for (const taskArn of tasks) {
      expect((await untilStatus(trial, 'DEACTIVATING', taskArn)).detail.stopCode).toBe('SpotInterruption');
      await untilStatus(trial, 'STOPPED', taskArn);
    }
    const seen = trial.events.items.map(({ detail }) => `${detail.taskArn} ${detail.version}`);
    expect(new Set(seen).size).toBeLessThan(seen.length);
    const versionsOf = (taskArn: string) =>
      trial.events.items.filter(({ detail }) => detail.taskArn === taskArn).map(({ detail }) => detail.version);
    const isInOrder = (versions: number[]) => versions.every((version, index) => version >= (versions[index - 1] ?? 0));
    expect(tasks.every((taskArn) => isInOrder(versionsOf(taskArn)))).toBe(false);
  });

  test('a task that is stopped before it runs never runs', async () => {
    const trial = await startTrial(PROGRAMS.polite, { mannersSeed: 7 });
    const [taskArn = ''] = await listTasks(trial);
    await update(trial, { desiredCount: 0 });
    const { detail } = await untilStatus(trial, 'STOPPED', taskArn);
    expect(detail).toMatchObject({ stopCode: 'ServiceSchedulerInitiated' });
    expect(detail.startedAt).toBeUndefined();
    expect(trial.lines.items.filter((line) => line.includes(' ready '))).toEqual([]);
  });
});
