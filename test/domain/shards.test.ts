import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { candidateShards, interleaved, shardCount, shardKey, shardNumber, shardOf } from '#domain/jobs/shards';
import { MAX_TASKS_PER_JOB } from '#domain/limits';

const MAX_SHARDS = 256;
const MAX_CANDIDATES = 9;
const anyTotal = fc.oneof(
  fc.integer({ min: 1, max: MAX_TASKS_PER_JOB }),
  // At the end of a generation the formulas could be off by one.
  fc
    .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: -1, max: 1 }))
    .map(([power, off]) => 1000 * 2 ** power + off),
);
const anyId = fc.string({ minLength: 1, maxLength: 64, unit: 'grapheme-ascii' });

test.each([
  [1, 1],
  [1_000, 1],
  [1_001, 2],
  [2_000, 2],
  [2_001, 4],
  [4_000, 4],
  [4_001, 8],
  [128_000, 128],
  [128_001, 256],
  [200_000, 256],
])('a job of %i tasks has %i shards', (total, shards) => {
  expect(shardCount(total)).toBe(shards);
});

describe('for any index, id and size of the job', () => {
  test('the shard of a task is one of its job', () => {
    fc.assert(
      fc.property(anyTotal, fc.nat(), anyId, (total, any, id) => {
        const shard = shardOf(any % total, id);
        expect(Number.isInteger(shard)).toBe(true);
        expect(shard).toBeGreaterThanOrEqual(0);
        expect(shard).toBeLessThan(shardCount(total));
      }),
    );
  });

  test('the shard of the last task is one of its job, for every possible total', () => {
    const outside: number[] = [];
    for (let total = 1; total <= MAX_TASKS_PER_JOB; total += 1) {
      const shard = shardOf(total - 1, `t${total}`);
      if (!(shard >= 0 && shard < shardCount(total))) outside.push(total);
    }
    expect(outside).toEqual([]);
  });

  test('a task is in one of the candidates however much its job grows', () => {
    fc.assert(
      fc.property(anyTotal, anyTotal, fc.nat(), anyId, (...[one, other, any, id]) => {
        const [before, after] = [Math.min(one, other), Math.max(one, other)];
        expect(candidateShards(shardCount(after), id)).toContain(shardOf(any % before, id));
      }),
    );
  });

  test('the candidates are one shard of each generation, all of the job', () => {
    fc.assert(
      fc.property(anyTotal, anyId, (total, id) => {
        const candidates = candidateShards(shardCount(total), id);
        expect(new Set(candidates).size).toBe(candidates.length);
        expect(candidates.length).toBeLessThanOrEqual(MAX_CANDIDATES);
        expect(candidates.map(generationOf)).toEqual(candidates.map((_, generation) => generation));
        expect(Math.max(...candidates)).toBeLessThan(shardCount(total));
      }),
    );
  });
});

test('the largest job fills its 256 shards evenly, none with far more than a thousand tasks', () => {
  expect(shardCount(MAX_TASKS_PER_JOB)).toBe(MAX_SHARDS);
  const fill = fillOf(MAX_TASKS_PER_JOB);
  expect(fill.slice(0, 2)).toEqual([1_000, 1_000]);
  expect(Math.max(...fill)).toBeLessThan(1_250);
  // The last generation is filled to 72,000 of 128,000: 562 a shard.
  expect(Math.min(...fill)).toBeGreaterThan(400);
});

test.each([4_000, 16_000, 128_000])('the shards of a job of %i tasks have a thousand each on average', (total) => {
  const fill = fillOf(total);
  expect(fill).toHaveLength(total / 1_000);
  expect(fill.reduce((sum, count) => sum + count, 0)).toBe(total);
  for (const count of fill) {
    expect(count).toBeGreaterThan(750);
    expect(count).toBeLessThan(1_250);
  }
});

test('the key of a shard has its number, for any job id', () => {
  fc.assert(
    fc.property(anyId, fc.nat({ max: MAX_SHARDS - 1 }), (jobId, shard) => {
      expect(shardNumber(shardKey(jobId, shard))).toBe(shard);
    }),
  );
});

/** Shard 0 is generation 0; each further generation is as large as all before it. */
function generationOf(shard: number): number {
  return shard.toString(2).length - (shard === 0 ? 1 : 0);
}

/** The number of tasks with system ids in each shard. */
function fillOf(total: number): number[] {
  const fill = Array.from({ length: shardCount(total) }, () => 0);
  for (let index = 0; index < total; index += 1) {
    const shard = shardOf(index, `t${String(index + 1).padStart(6, '0')}`);
    fill[shard] = (fill[shard] ?? 0) + 1;
  }
  return fill;
}

test('Tasks are interleaved: one of each shard in turn, and each shard keeps its order', () => {
  const tasks = ['a1', 'a2', 'a3', 'b1', 'c1', 'c2'].map((taskId) => ({ shardId: taskId.charAt(0), taskId }));
  expect(interleaved(tasks).map(({ taskId }) => taskId)).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  expect(interleaved([])).toEqual([]);
});
