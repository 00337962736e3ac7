/** What the jobs of a list wait for. */
import { useQueries } from '@tanstack/react-query';
import type { Client } from '#client/client';
import type { Job, Waiting } from '#console/api/types.ts';
import { usePreferences } from '#console/app/preferences.ts';
import { useClient } from '#console/app/session.tsx';
import { nowMs } from '#console/parts/clock.ts';
import { isFinalJob } from '#domain/statuses';
import { Gate } from './gate.ts';

/** One thing that a job waits for. */
export type Wait = Pick<Waiting, 'for' | 'of' | 'dependencies' | 'since' | 'until' | 'tasks'>;

/** The waits of each job are a request of its own: few at once, not often, and only where the job does not tell. */
const EVERY_MS = 30_000;
const AT_ONCE = 3;
const gate = new Gate(AT_ONCE);

/** What these jobs wait for, by their ids; a job that has not been read yet is left out. */
export function useWaits(jobs: readonly Job[]): ReadonlyMap<string, readonly Wait[]> {
  const client = useClient();
  const [{ refreshing }] = usePreferences();
  const known = jobs.flatMap((job) => {
    const waits = toldWaits(job);
    return waits ? [[job.jobId, waits] as const] : [];
  });
  const asked = jobs.filter((job) => toldWaits(job) === undefined);
  const results = useQueries({
    queries: asked.map((job) => ({
      queryKey: ['waits', job.jobId],
      queryFn: ({ signal }: { signal: AbortSignal }) => readWaits(job, client, signal),
      staleTime: EVERY_MS,
      refetchInterval: refreshing && EVERY_MS,
      // A page is as old as its jobs.
      meta: { isAgeless: true },
    })),
  });
  const read = asked.map(({ jobId }, index) => [jobId, results[index]?.data] as const);
  return new Map([...known, ...read.flatMap(([jobId, waits]) => (waits ? [[jobId, waits] as const] : []))]);
}

/** What one job waits for, read in its turn if the job itself does not tell. */
export async function readWaits(job: Job, client: Client, signal: AbortSignal): Promise<readonly Wait[]> {
  const path = { jobId: job.jobId };
  const read = async () => (await client.call('GET /jobs/{jobId}/waiting', { path, signal })).items;
  return toldWaits(job) ?? (await gate.pass(read));
}

/** The waits that the job's own record tells; undefined if one must ask. */
export function toldWaits(job: Job): readonly Wait[] | undefined {
  const { status, writing, requeue, startAt, taskCounts } = job;
  if (isFinalJob(status)) return [];
  if (writing) return [{ for: 'Writing', until: writing.until }];
  if (requeue) return [{ for: 'Requeue', since: requeue.requestedAt }];
  if (status === 'Withhold') return [{ for: 'Hold' }];
  if (status === 'Waiting' && startAt !== undefined && Date.parse(startAt) > nowMs())
    return [{ for: 'StartTime', until: startAt }];
  const isQuiet =
    status === 'Cancelling' ? taskCounts.Cancelling === 0 : taskCounts.Ready === 0 && taskCounts.Executing > 0;
  return isQuiet ? [] : undefined;
}
