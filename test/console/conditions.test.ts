/** What the list of jobs is filtered by in the page, without a browser. */
import { expect, test } from '@jest/globals';
import type { Job } from '#console/api/types.ts';
import { conditionsIn, ENDED_SINCE, meetsOwn } from '#console/jobs/conditions.ts';
import { noTasks } from '#domain/jobs/job';

const MIDNIGHT = '2026-01-02T00:00:00.000Z';
const NOW_MS = Date.parse('2026-01-02T08:00:00.000Z');
const can = { code: 'WrongStatus', reason: 'it has ended' } as const;

const job: Job = {
  jobId: 'j',
  name: 'Night',
  status: 'Error',
  batchGroup: 'default',
  priority: 'Normal',
  createdAt: '2026-01-01T20:00:00.000Z',
  createdBy: 'alice',
  run: 1,
  system: false,
  taskCountsAt: '2026-01-01T20:00:00.000Z',
  taskTotal: 1,
  taskCounts: { ...noTasks(), Error: 1 },
  actions: { addTasks: can, hold: can, release: can, setPriority: can, cancel: can, requeue: can, abort: can },
};

test('A job that was submitted yesterday and failed today is among the errors of today, by its end', () => {
  const today = conditionsIn({ status: 'Error', [ENDED_SINCE]: MIDNIGHT });
  expect(meetsOwn({ ...job, endedAt: '2026-01-02T03:00:00.000Z' }, today, NOW_MS)).toBe(true);
  expect(meetsOwn({ ...job, endedAt: '2026-01-01T23:00:00.000Z' }, today, NOW_MS)).toBe(false);
  expect(meetsOwn(job, today, NOW_MS)).toBe(false);
  const nonsense = conditionsIn({ [ENDED_SINCE]: 'soon' });
  expect(meetsOwn({ ...job, endedAt: MIDNIGHT }, nonsense, NOW_MS)).toBe(false);
});
