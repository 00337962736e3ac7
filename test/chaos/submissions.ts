/**
 * Draws jobs: graphs, retries, restartable or not, of every kind of handler, in several groups and priorities, held,
 * for later.
 */
import { PRIORITIES } from '#domain/priorities';
import { EXPECTATIONS } from '#domain/tasks/task';
import type { Random } from './random.ts';

/** The name of the large jobs that a trial submits beside those of its users. */
export const LOAD = 'load';
const GROUPS = ['default', 'night', 'mail'];
const MAX_TASKS = 9;
/** More than a cancel passes over within its request. */
const MANY_TASKS = 280;
const MAX_DELAY_MS = 20_000;
/** Ended by an abort alone, or at the end of the trial. */
const FOREVER_SECONDS = 600;

/** The body of a submission. */
export function drawJob(random: Random, file: string): object {
  const isLarge = random.chance(0.03);
  const tasks = isLarge ? manyTasks(file) : drawTasks(random, file);
  return {
    name: isLarge ? 'large' : 'chaos',
    batchGroup: random.pick(GROUPS),
    ...(random.chance(0.5) ? { priority: random.pick(PRIORITIES) } : {}),
    hold: random.chance(0.15),
    ...(random.chance(0.1) ? { startAt: new Date(Date.now() + random.whole(0, MAX_DELAY_MS)).toISOString() } : {}),
    tasks,
  };
}

/** The tasks of one request; some of them wait for others of it. */
export function drawTasks(random: Random, file: string, prefix = 't'): object[] {
  const count = random.whole(1, MAX_TASKS);
  const hasGraph = count > 1 && random.chance(0.6);
  return Array.from({ length: count }, (_, index) => ({
    taskId: `${prefix}${index}`,
    ...drawHandler(random, file),
    ...(random.chance(0.2) ? { batchGroup: random.pick(GROUPS) } : {}),
    ...(random.chance(0.3) ? { maxRetries: random.whole(1, 3) } : {}),
    restartable: random.chance(0.6),
    ignoreFailure: random.chance(0.3),
    ...(random.chance(0.05) ? { timeoutSeconds: 1 } : {}),
    ...(hasGraph && index > 0 && random.chance(0.7) ? drawDependencies(random, index, prefix) : {}),
  }));
}

/** Tasks before this one only, so that there is no cycle. */
function drawDependencies(random: Random, index: number, prefix: string): object {
  const before = new Set(Array.from({ length: random.whole(1, 3) }, () => random.whole(0, index - 1)));
  return {
    dependsOn: [...before].map((each) => ({ taskId: `${prefix}${each}`, expected: random.pick(EXPECTATIONS) })),
    dependencyCondition: random.pick(['All', 'Any']),
  };
}

function drawHandler(random: Random, file: string): object {
  const tenths = (least: number, most: number) => random.whole(least * 10, most * 10) / 10;
  const input = random.weighted<() => object>([
    [5, () => ({ kind: 'echo' })],
    [6, () => ({ kind: 'sleep', seconds: tenths(0, 4) })],
    [2, () => ({ kind: 'cooperate', seconds: tenths(1, 8) })],
    [1, () => ({ kind: 'spin', seconds: tenths(0, 1) })],
    [3, () => ({ kind: 'block', seconds: tenths(1, 8) })],
    [4, () => ({ kind: 'fail', seconds: tenths(0, 1), times: random.pick([1, 2, 1_000]) })],
    [2, () => ({ kind: 'sleep', seconds: FOREVER_SECONDS })],
  ])();
  return { handler: random.chance(0.07) ? 'witness.isolated' : 'witness', input: { file, ...input } };
}

/** The body of a submission of this number of short tasks; some of them fail at first, or wait for the one before. */
export function drawLargeJob(random: Random, { file, count }: { file: string; count: number }): object {
  const tasks = Array.from({ length: count }, (_, index) => ({
    taskId: `t${index}`,
    handler: 'witness',
    input: { file, ...drawShort(random) },
    maxRetries: 2,
    restartable: random.chance(0.8),
    ...(index > 0 && random.chance(0.05) ? { dependsOn: [{ taskId: `t${index - 1}`, expected: 'Finished' }] } : {}),
  }));
  return { name: LOAD, batchGroup: random.pick(GROUPS), priority: random.pick(PRIORITIES), tasks };
}

function drawShort(random: Random): object {
  return random.weighted<() => object>([
    [16, () => ({ kind: 'echo' })],
    [3, () => ({ kind: 'sleep', seconds: random.whole(1, 10) / 10 })],
    [1, () => ({ kind: 'fail', seconds: 0, times: 1 })],
  ])();
}

function manyTasks(file: string): object[] {
  return Array.from({ length: MANY_TASKS }, () => ({
    handler: 'witness',
    input: { file, kind: 'echo' },
    restartable: true,
  }));
}
