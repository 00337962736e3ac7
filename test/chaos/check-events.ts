/** Each act that changed a job stands in its events, even if its process died right after. */
import type { Evidence } from './evidence.ts';
import type { JobWithTasks } from './records.ts';

/**
 * Checks that the job's story has its beginning, and each requeue and cancel that the records know of. Its end stands
 * in its own record: whoever dies right after that write leaves it untold in the events.
 */
export function checkEvents({ trail }: Evidence, { job, events }: JobWithTasks): void {
  const has = (type: string, facts: object = {}) =>
    events.some(
      (event) => event.type === type && Object.entries(facts).every(([name, value]) => event[name] === value),
    );
  const missing = [
    ...(has('JobSubmitted') ? [] : ['JobSubmitted']),
    ...runsAfterFirst(job.run).flatMap((run) => (has('JobRequeued', { run }) ? [] : [`JobRequeued, run ${run}`])),
    ...(!job.cancel || has('JobCancelling', { at: job.cancel.requestedAt }) ? [] : ['JobCancelling']),
  ];
  trail.violate('An act is missing in the events of its job', { missing, job, events }, missing.length > 0);
}

function runsAfterFirst(run: number): number[] {
  return Array.from({ length: run - 1 }, (_, index) => index + 2);
}
