import { describe, expect, jest, test } from '@jest/globals';
import { newContainerTask } from '#local/aws/ecs/containers/container-task';
import { CrashBackoff } from '#local/aws/ecs/containers/crash-backoff';
import { Deliveries } from '#local/aws/ecs/deliveries';
import { type EcsEvent, taskStateChangeEvent } from '#local/aws/ecs/events';
import { MAX_STOPPED_TASKS, STOPPED_TASK_KEPT_MS } from '#local/aws/ecs/limits';
import { Names } from '#local/aws/ecs/names';
import { ContainerTasks } from '#local/aws/ecs/tasks';
import { NAMES } from '#test/support/local/ecs-trial';

const names = new Names(NAMES);
const DEPLOYMENT = { id: 'ecs-svc/1', revision: 1 };

const event = taskStateChangeEvent(newContainerTask(names, DEPLOYMENT), new Date());

describe('the crash back-off', () => {
  const crash = { ranMs: 9_999 };

  test('does not wait after the first crash, then half a second, doubling up to 30 seconds', () => {
    const backoff = new CrashBackoff();
    const waits = Array.from({ length: 10 }, () => {
      backoff.ended(crash, 0);
      return backoff.waitMs(0);
    });
    expect(waits).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(backoff.waitMs(29_000)).toBe(1_000);
  });

  test('ends when a container has run ten seconds', () => {
    const backoff = new CrashBackoff();
    for (let crashes = 0; crashes < 5; crashes += 1) backoff.ended(crash, 0);
    backoff.ended({ ranMs: 10_000 }, 0);
    expect(backoff.waitMs(0)).toBe(0);
  });
});

describe('deliveries', () => {
  test('repeat the same event until the handler accepts it', async () => {
    const taken: EcsEvent[] = [];
    const lines: string[] = [];
    const handler = async (one: EcsEvent) => {
      taken.push(one);
      if (taken.length < 3) throw new Error('not now');
    };
    const deliveries = new Deliveries({ handler, log: (line) => lines.push(line) });
    expect(await deliveries.send(event)).toBe(true);
    expect(taken).toEqual([event, event, event]);
    expect(lines).toHaveLength(2);
  });

  test('do not wait for one another', async () => {
    const later = taskStateChangeEvent(newContainerTask(names, DEPLOYMENT), new Date());
    const handler = (one: EcsEvent) => (one === event ? new Promise<void>(() => {}) : Promise.resolve());
    const deliveries = new Deliveries({ handler, log: () => {} });
    deliveries.send(event);
    expect(await deliveries.send(later)).toBe(true);
  });

  test('end at once when closed, undelivered', async () => {
    const handler = () => Promise.reject(new Error('never'));
    const deliveries = new Deliveries({ handler, log: () => {} });
    const sent = deliveries.send(event);
    await deliveries.close();
    expect(await sent).toBe(false);
  });
});

describe('stopped tasks', () => {
  const stoppedTask = (stoppedAt: Date) => ({
    ...newContainerTask(names, DEPLOYMENT),
    lastStatus: 'STOPPED' as const,
    stoppedAt: stoppedAt.toISOString(),
  });

  test('stay describable for an hour', () => {
    const tasks = new ContainerTasks(names, jest.fn());
    const old = stoppedTask(new Date(Date.now() - STOPPED_TASK_KEPT_MS - 1));
    const recent = stoppedTask(new Date(Date.now() - STOPPED_TASK_KEPT_MS + 60_000));
    tasks.add(old);
    tasks.add(recent);
    expect(tasks.find(old.taskArn)).toBeUndefined();
    expect(tasks.find(recent.taskArn)).toEqual(recent);
  });

  test('are dropped, the oldest first, when there are too many', () => {
    const tasks = new ContainerTasks(names, jest.fn());
    const all = Array.from({ length: MAX_STOPPED_TASKS + 2 }, () => stoppedTask(new Date()));
    for (const task of all) tasks.add(task);
    expect(tasks.list()).toEqual(all.slice(2));
  });
});
