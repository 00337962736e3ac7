import { expect, test } from '@jest/globals';
import { effectiveCounts, effectiveStatus } from '#domain/jobs/effective';
import { JOB_STATUSES, TASK_STATUSES } from '#domain/statuses';
import { cellsOf, readTable } from '#test/support/domain/table';

// Rows: the recorded status of a task; columns: the status of its job.
const EFFECTIVE = readTable(`
  Withhold    Waiting     Executing   Cancelling  Finished    Error       Cancelled
  Waiting     Waiting     Waiting     Waiting     NotRun      Waiting     Waiting     NotRun
  Ready       Ready       Ready       Ready       NotRun      Ready       Ready       NotRun
  Executing   Executing   Executing   Executing   Cancelling  Executing   Executing   Cancelling
  Cancelling  Cancelling  Cancelling  Cancelling  Cancelling  Cancelling  Cancelling  Cancelling
  Finished    Finished    Finished    Finished    Finished    Finished    Finished    Finished
  Error       Error       Error       Error       Error       Error       Error       Error
  NotRun      NotRun      NotRun      NotRun      NotRun      NotRun      NotRun      NotRun
  Cancelled   Cancelled   Cancelled   Cancelled   Cancelled   Cancelled   Cancelled   Cancelled`);

test.each(cellsOf(EFFECTIVE))(
  'a task recorded as %s in a job that is %s is read as %s',
  (recorded, status, expected) => {
    const task = TASK_STATUSES.find((each) => each === recorded);
    const job = JOB_STATUSES.find((each) => each === status);
    expect(task && job && effectiveStatus(task, job)).toBe(expected);
  },
);

test('the table of effective statuses is complete', () => {
  expect(cellsOf(EFFECTIVE)).toHaveLength(TASK_STATUSES.length * JOB_STATUSES.length);
});

const RECORDED = {
  Waiting: 1,
  Ready: 2,
  Executing: 4,
  Cancelling: 8,
  Finished: 16,
  Error: 32,
  NotRun: 64,
  Cancelled: 128,
};

test('the counts of a cancelled job have unstarted tasks as NotRun and running tasks as Cancelling', () => {
  expect(effectiveCounts(RECORDED, 'Cancelling')).toEqual({
    Waiting: 0,
    Ready: 0,
    Executing: 0,
    Cancelling: 12,
    Finished: 16,
    Error: 32,
    NotRun: 67,
    Cancelled: 128,
  });
});

test('the counts of any other job are the recorded ones', () => {
  expect(effectiveCounts(RECORDED, 'Executing')).toEqual(RECORDED);
});
