/** Container health checks on the local ECS, and what its circuit breaker makes of them, by the rules of Amazon ECS. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UpdateTaskProtectionCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type HealthStatus, healthCheckSchema, watchHealth } from '#local/aws/ecs/containers/health-check';
import { Deployments } from '#local/aws/ecs/deployments/deployments';
import { deploymentConfigurationSchema, nextSteps } from '#local/aws/ecs/deployments/rolling-update';
import type { EcsOptions } from '#local/aws/ecs/options';
import { eventually } from '#test/support/flows/system';
import { deploymentsOf, register, untilRollout, update } from '#test/support/local/ecs-service';
import {
  commandOf,
  describeTask,
  endTrials,
  listTasks,
  newFolder,
  PROGRAMS,
  readyPids,
  startTrial,
  type Trial,
  untilStatus,
} from '#test/support/local/ecs-trial';

afterEach(endTrials);

/** As quick as AWS lets a check be; with manners, a second of it is shorter. */
const check = (command: string, rest: object = {}) =>
  healthCheckSchema.parse({ command: ['CMD-SHELL', command], interval: 5, retries: 1, ...rest });
const ALIVE = check('test -f "$TMPDIR/alive"');
const LIVING = `import { writeFileSync } from 'node:fs'; writeFileSync(process.env.TMPDIR + '/alive', ''); ${PROGRAMS.polite}`;

function startChecked(program: string, options: Partial<EcsOptions> = {}): Promise<Trial> {
  return startTrial(program, { mannersSeed: 7, healthCheck: ALIVE, temporaryFolder: newFolder(), ...options });
}

const isHealthy = (trial: Trial, taskArn: string | undefined) =>
  trial.events.until(`HEALTHY of ${taskArn}`, ({ detail }) => {
    return detail.taskArn === taskArn && detail.healthStatus === 'HEALTHY';
  });

describe('a health check', () => {
  let watching = new AbortController();
  afterEach(() => {
    watching.abort();
    watching = new AbortController();
  });
  const watched = async (healthCheck: object, until: (lines: number) => boolean) => {
    const file = join(newFolder(), 'runs');
    const environment = { PATH: process.env.PATH ?? '', RUNS: file };
    const linesOf = () => (existsSync(file) ? readFileSync(file, 'utf8').length : 0);
    const found: { status: HealthStatus; runs: number }[] = [];
    const onStatus = (status: HealthStatus) => found.push({ status, runs: linesOf() });
    const { signal } = watching;
    void watchHealth(healthCheckSchema.parse(healthCheck), { environment, secondMs: 10, signal, onStatus });
    await eventually(() => until(linesOf()) || found.length > 0);
    return found;
  };
  const failing = ['CMD-SHELL', 'printf x >> "$RUNS"; exit 1'];

  test('makes a container unhealthy by as many failures in a row as it has retries', async () => {
    const found = await watched({ command: failing, interval: 5, retries: 3 }, () => false);
    expect(found).toEqual([{ status: 'UNHEALTHY', runs: 3 }]);
  });

  test('does not count failures of the start period', async () => {
    const quiet = { command: failing, interval: 5, retries: 1, startPeriod: 300 };
    expect(await watched(quiet, (runs) => runs >= 4)).toEqual([]);
  });

  test('counts failures of the start period once it has succeeded', async () => {
    const once = ['CMD-SHELL', 'test ! -e "$RUNS" && printf x >> "$RUNS"'];
    const found = await watched({ command: once, interval: 5, retries: 1, startPeriod: 300 }, () => false);
    await eventually(() => found.length === 2);
    expect(found.map(({ status }) => status)).toEqual(['HEALTHY', 'UNHEALTHY']);
  });

  test('fails when its command is not there, or takes too long', async () => {
    const missing = await watched({ command: ['CMD', '/nonexistent'], interval: 5, retries: 1 }, () => false);
    expect(missing).toEqual([{ status: 'UNHEALTHY', runs: 0 }]);
    const slow = await watched({ command: ['CMD', 'sleep', '60'], interval: 5, retries: 1, timeout: 2 }, () => false);
    expect(slow).toEqual([{ status: 'UNHEALTHY', runs: 0 }]);
  });

  test.each([{ interval: 4 }, { retries: 11 }, { timeout: 61 }, { startPeriod: 301 }, { command: ['true'] }])(
    'is refused with %p',
    async (wrong) => {
      const trial = await startTrial(PROGRAMS.polite);
      const healthCheck = { command: ['CMD', 'true'], ...wrong };
      await expect(register(trial, { healthCheck })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    },
  );
});

describe('a task with a health check', () => {
  test('is UNKNOWN, then HEALTHY; unhealthy, it is stopped, protected or not, once its replacement is healthy', async () => {
    const folder = newFolder();
    const trial = await startChecked(LIVING, { temporaryFolder: folder });
    await readyPids(trial, 1);
    const [first = ''] = await listTasks(trial);
    expect((await untilStatus(trial, 'RUNNING', first)).detail.healthStatus).toBeUndefined();
    await isHealthy(trial, first);
    const containers = [{ healthStatus: 'HEALTHY' }];
    expect(await describeTask(trial, first)).toMatchObject({ healthStatus: 'HEALTHY', containers });
    await trial.client.send(
      new UpdateTaskProtectionCommand({ cluster: 'lastcall', tasks: [first], protectionEnabled: true }),
    );
    const [own = ''] = readdirSync(folder);
    rmSync(join(folder, own, 'alive'));
    const { detail } = await untilStatus(trial, 'STOPPED', first);
    expect(detail).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Task failed container health checks',
      healthStatus: 'UNHEALTHY',
    });
    const [second] = await listTasks(trial);
    expect((await describeTask(trial, second)).healthStatus).toBe('HEALTHY');
    expect(existsSync(join(folder, own))).toBe(false);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test.each([
    { what: 'an unhealthy task gets its replacement first', unhealthy: 1, current: 0, healthy: 0, steps: [1, 0] },
    { what: 'it stays until the replacement is healthy', unhealthy: 1, current: 1, healthy: 0, steps: [0, 0] },
    { what: 'and then it stops', unhealthy: 1, current: 1, healthy: 1, steps: [0, 1] },
    { what: 'without room one unhealthy task makes it', unhealthy: 2, current: 0, healthy: 0, steps: [0, 1] },
  ])('$what', ({ unhealthy, current, healthy, steps }) => {
    const present = current + unhealthy;
    const census = { desired: 1, current, former: 0, unhealthy, healthy, presentCurrent: current, present };
    const { start, stopUnhealthy } = nextSteps(census, deploymentConfigurationSchema.parse({}));
    expect([start, stopUnhealthy]).toEqual(steps);
  });
});

describe('the circuit breaker', () => {
  test('counts tasks that end before they are healthy, rolls back, and tells of it', async () => {
    const trial = await startTrial(LIVING, { healthCheck: ALIVE, temporaryFolder: newFolder() });
    await readyPids(trial, 1);
    const before = await listTasks(trial);
    await register(trial, { command: commandOf('process.exitCode = 1;') });
    await update(trial, { taskDefinition: 'batch-server' });
    const told = await trial.deployments.until('the failure', ({ detail }) => detail.eventType === 'ERROR');
    expect(told).toMatchObject({
      'detail-type': 'ECS Deployment State Change',
      resources: ['arn:aws:ecs:us-east-1:000000000000:service/lastcall/batch-server'],
      detail: {
        eventName: 'SERVICE_DEPLOYMENT_FAILED',
        deploymentId: 'ecs-svc/0000000000000000002',
        reason: 'ECS deployment circuit breaker: task failed to start.',
      },
    });
    await untilRollout(trial, 'COMPLETED');
    expect(await listTasks(trial)).toEqual(before);
    const names = trial.deployments.items.map(({ detail }) => detail.eventName.replace('SERVICE_DEPLOYMENT_', ''));
    expect(names).toEqual(['IN_PROGRESS', 'FAILED', 'IN_PROGRESS', 'COMPLETED']);
    expect(trial.deployments.items[2]?.detail.reason).toMatch(/rolling back to deploymentId ecs-svc\/0+1\.$/);
  });

  test('counts unhealthy tasks, and without a rollback starts no more', async () => {
    const trial = await startChecked(LIVING);
    await readyPids(trial, 1);
    const deploymentCircuitBreaker = { enable: true, rollback: false };
    await register(trial, { healthCheck: { command: ['CMD', 'false'], interval: 5, retries: 1 } });
    await update(trial, { taskDefinition: 'batch-server', deploymentConfiguration: { deploymentCircuitBreaker } });
    await eventually(async () => (await deploymentsOf(trial))[0]?.rolloutState === 'FAILED', { limitMs: 15_000 });
    const [failed, former] = await deploymentsOf(trial);
    expect([failed, former]).toMatchObject([{ failedTasks: 3 }, { rolloutState: 'COMPLETED', runningCount: 1 }]);
  });

  test('does not count tasks without a health check that end early: they have run', async () => {
    const trial = await startTrial(PROGRAMS.polite, { mannersSeed: 7 });
    await readyPids(trial, 1);
    await register(trial, { command: commandOf('process.exitCode = 1;') });
    await update(trial, { taskDefinition: 'batch-server' });
    const hasEnded = ({ detail }: { detail: { stopCode?: string | undefined } }) =>
      detail.stopCode === 'EssentialContainerExited';
    await trial.events.until('three ends', () => trial.events.items.filter(hasEnded).length >= 3);
    expect((await deploymentsOf(trial))[0]).toMatchObject({ failedTasks: 0, rolloutState: 'IN_PROGRESS' });
  });

  test('forgets its count when a task is healthy', () => {
    const deployments = new Deployments(() => {});
    deployments.begin(2);
    const fails = () => deployments.noteFailure(1, { enable: true, rollback: true });
    expect([fails(), fails()]).toEqual([false, false]);
    deployments.noteSuccess();
    expect([fails(), fails(), fails()]).toEqual([false, false, true]);
  });
});
