/** What the commands that act on one job have in common. */

import { show } from '#cli/output/format';
import { jobText } from '#cli/output/jobs';
import { suggest } from '#cli/output/notes';
import type { Job } from '#client/client';
import { resolveId } from './ids.ts';
import { openSession, type Session } from './session.ts';

type Optioned = Parameters<typeof openSession>[0];
type Act = (session: Session, jobId: string) => Promise<Job>;

/** Does it to the job that the text means, prints the job as it is then, and names the command that is useful next. */
export async function actOnJob(text: string, self: Optioned, act: Act): Promise<void> {
  const session = await openSession(self);
  const job = await act(session, await resolveId(session, 'job', text));
  await show(session.format, job, jobText);
  suggest(nextOf(job));
}

function nextOf({ status, jobId }: Job): string {
  if (status === 'Withhold') return `lastcall release ${jobId}`;
  // Nothing of it was left to run.
  if (status === 'Finished')
    return `lastcall job ${jobId}; to run also what is Finished: lastcall requeue ${jobId} --all`;
  return `lastcall watch ${jobId}`;
}
