/** Whole records for the tests of the rules; a test names only the fields that matter to it. */
import type { Job } from '#domain/jobs/job';
import type { Task } from '#domain/tasks/task';

/** An Executing job, with the given fields instead. */
export function jobOf(given: Partial<Job> = {}): Job {
  return {
    jobId: 'job-1',
    name: 'Invoices',
    status: 'Executing',
    batchGroup: 'default',
    batchGroups: ['default'],
    priority: 'Normal',
    system: false,
    createdBy: 'alice',
    createdAt: '2026-01-01T00:00:00.000Z',
    taskTotal: 1,
    shards: 1,
    hasDependencies: false,
    hasNamedTasks: false,
    run: 1,
    ...given,
  };
}

/** A Ready task of that job, with the given fields instead. */
export function taskOf(given: Partial<Task> = {}): Task {
  return {
    shardId: 'job-1#0',
    taskId: 't000001',
    jobId: 'job-1',
    index: 0,
    name: 'Print',
    handler: 'echo',
    status: 'Ready',
    batchGroup: 'default',
    maxRetries: 0,
    restartable: false,
    ignoreFailure: false,
    createdAt: '2026-01-01T00:00:00.000Z',
    run: 1,
    attempt: 0,
    failures: 0,
    attempts: [],
    ...given,
  };
}
