/** A list of jobs on which many servers work, and the counts that these keep. */
import type { Job } from '#domain/jobs/job';
import { writeCounts } from '#store/counts/keep-counts';
import { countMove, forgetTallies, noteFinished } from '#store/counts/tallies';
import { mapInParallel } from '#store/in-parallel';
import { createJob } from '#store/jobs';
import { taskCountsOf } from '#store/reads/counting';
import { listJobs } from '#store/reads/list-jobs';

export const JOBS = 50;
/** The servers that work on each job. */
export const WRITERS = 16;

/** Creates these jobs, and returns a read of all of them, as the route makes it. It reads no task, so they need none. */
export async function listedJobs(jobs: readonly Job[]): Promise<() => Promise<unknown>> {
  for (const job of jobs) {
    await createJob({ ...job, countsBase: { Ready: 1_000 } });
    await keepMoves(job.jobId);
  }
  return async () => {
    const listed = await listJobs({}, { limit: JOBS });
    return mapInParallel(listed.jobs, JOBS, (job) => taskCountsOf(job, { consistent: false }));
  };
}

/** Moves of this many servers: each has its own row. */
export async function keepMoves(jobId: string): Promise<void> {
  for (let writer = 0; writer < WRITERS; writer += 1) {
    countMove({ jobId, run: 1, from: 'Ready', to: 'Executing' });
    countMove({ jobId, run: 1, from: 'Executing', to: 'Finished' });
    for (const taskId of ['t000001', 't000999']) noteFinished({ jobId, run: 1 }, { shard: 100 + writer, taskId });
    await writeCounts();
    forgetTallies(jobId);
  }
}
