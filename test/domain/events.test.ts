/** The event that a job's record keeps as text. */
import { expect, test } from '@jest/globals';
import { MalformedRecord } from '#domain/errors';
import { keptEvent, keptText } from '#domain/events';
import { newJob } from '#domain/jobs/submission';

const JOB = newJob(
  { name: 'n', batchGroup: 'g', system: false, hold: false, tasks: [] },
  { jobId: 'j', createdBy: 'alice', now: '2026-01-01T00:00:00.000Z', priority: 'Normal' },
);

test('The event is read as it was kept', () => {
  const event = { type: 'JobHeld', by: 'alice', at: '2026-01-01T00:00:00.000Z' } as const;
  expect(keptEvent({ ...JOB, keptEvent: keptText(event) })).toEqual(event);
  expect(keptEvent(JOB)).toBeUndefined();
});

test.each(['{"type":', '"JobHeld"', '{"type":"JobHeld"}', '{"type":"JobSold","by":"alice","at":"now"}'])(
  'The kept text %s is a fault that names the record',
  (text) => {
    const read = () => keptEvent({ ...JOB, keptEvent: text });
    expect(read).toThrow(MalformedRecord);
    expect(read).toThrow('The record {"jobId":"j"} of the table "jobs" is malformed');
  },
);
