/** Checks the invariants over all records, and over what the handlers have written down. */
import { TASK_STATUSES } from '#domain/statuses';
import { nameOf, type WitnessedRun } from '#test/support/witness/runs';
import { checkAbort, checkJoined } from './check-aborts.ts';
import { checkEvents } from './check-events.ts';
import { checkRuns } from './check-runs.ts';
import { checkAttempts, checkDependencies, checkFollowers } from './check-tasks.ts';
import { type Evidence, evidenceOf } from './evidence.ts';
import type { JobWithTasks, Records } from './records.ts';
import type { Trail } from './trail.ts';

/** Checks all of it. Violations are left on the trail. */
export function checkAll(trail: Trail, records: Records, runs: readonly WitnessedRun[]): void {
  const evidence = evidenceOf(trail, records, runs);
  const known = new Set(evidence.tasks.map(nameOf));
  for (const [name, own] of evidence.runs)
    if (!known.has(name)) trail.violate('What ran is no task of any job', { name, own });
  for (const each of records.jobs) checkJob(evidence, each);
  for (const abort of records.aborts) checkAbort(evidence, abort);
  checkJoined(evidence, records.aborts);
  const ids = new Set([...records.jobs.map(({ job }) => job.jobId), ...records.aborts.map(({ abortId }) => abortId)]);
  for (const accepted of [...trail.accepted('abort'), ...trail.accepted('submit')])
    trail.violate('What was accepted is gone', { accepted }, !ids.has(accepted.id));
}

function checkJob(evidence: Evidence, each: JobWithTasks): void {
  const { trail } = evidence;
  const { job, tasks } = each;
  for (const status of TASK_STATUSES) {
    const listed = tasks.filter((task) => task.status === status).length;
    if (listed !== (job.taskCounts[status] ?? 0))
      trail.violate('The counts are not those of the tasks', { job, status, listed });
  }
  if (tasks.length !== job.taskTotal)
    trail.violate('There are not as many tasks as the job says', { job, listed: tasks.length });
  const expected = endOf(each);
  if (job.status !== expected) trail.violate('The job ended in the wrong status', { job, expected });
  for (const task of tasks) {
    checkAttempts(evidence, task);
    checkFollowers(evidence, task);
    checkRuns(evidence, task);
  }
  checkDependencies(evidence, each);
  checkEvents(evidence, each);
}

function endOf({ job, tasks }: JobWithTasks): string {
  if (job.cancel) return 'Cancelled';
  return tasks.some(({ status, ignoreFailure }) => status === 'Error' && !ignoreFailure) ? 'Error' : 'Finished';
}
