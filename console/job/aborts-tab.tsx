import { AbortTable } from '#console/aborts/abort-table.tsx';
import { useAborts } from '#console/api/reads.ts';
import type { Job } from '#console/api/types.ts';

/** The aborts of one job. */
export function AbortsTab({ job }: { job: Job }) {
  return <AbortTable read={useAborts({ jobId: job.jobId })} />;
}
