/** Follows a job to its end, with a dated line for each change. */
import { EXIT, type ExitCode } from '#cli/exit-codes';
import { Interrupted } from '#cli/interrupt';
import { show } from '#cli/output/format';
import { countsOf, jobText } from '#cli/output/jobs';
import { note, suggest } from '#cli/output/notes';
import { dated } from '#cli/output/times';
import type { Session } from '#cli/session';
import type { Job } from '#client/client';

/** Returns 0 when the job is Finished, 1 when it is in Error or Cancelled, 124 when the time is over before. */
export async function followJob(session: Session, jobId: string, timeoutSeconds?: number): Promise<ExitCode> {
  const limit = timeoutSeconds === undefined ? undefined : AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const job = await followToEnd(session, jobId, limit);
    await show(session.format, job, jobText);
    suggest(nextOf(job));
    return job.status === 'Finished' ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (limit?.aborted && !session.signal.aborted) return leave(jobId, EXIT.timedOut);
    if (error instanceof Interrupted) return leave(jobId, EXIT.interrupted);
    throw error;
  }
}

async function followToEnd({ client, signal }: Session, jobId: string, limit: AbortSignal | undefined): Promise<Job> {
  const both = limit === undefined ? signal : AbortSignal.any([signal, limit]);
  const onTrouble = ({ message }: Error) => note(dated(`${message} Trying again.`));
  let line = '';
  let last: Job | undefined;
  for await (const job of client.watchJob(jobId, { signal: both, onTrouble })) {
    const now = `${job.status}: ${countsOf(job)}`;
    if (now !== line) note(dated(now));
    line = now;
    last = job;
  }
  return last ?? (await client.call('GET /jobs/{jobId}', { path: { jobId } }));
}

/** A cancelled job's story says who has cancelled it; what failed is said by its tasks. */
function nextOf({ jobId, status }: Job): string {
  if (status === 'Cancelled') return `lastcall events ${jobId}`;
  return `lastcall tasks ${jobId}${status === 'Error' ? ' --status Error' : ''}`;
}

function leave(jobId: string, exitCode: ExitCode): ExitCode {
  note('The job goes on: nothing was cancelled.');
  suggest(`lastcall watch ${jobId}`);
  return exitCode;
}
