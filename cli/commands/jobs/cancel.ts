import type { Command } from '@commander-js/extra-typings';
import { EXIT, type ExitCode } from '#cli/exit-codes';
import { resolveId } from '#cli/ids';
import { explainError } from '#cli/output/errors';
import { show } from '#cli/output/format';
import { countsOf } from '#cli/output/jobs';
import { suggest } from '#cli/output/notes';
import { openSession, type Session } from '#cli/session';
import type { Job } from '#client/client';

type What = { readonly text: string; readonly body: { readonly reason?: string } };

/** Declares `lastcall cancel`. */
export function cancel(command: Command): void {
  command
    .argument('<job...>', 'their ids, beginnings of them, or @last')
    .option('--reason <text>', 'why: it is kept with the job')
    .action(async (texts, { reason }, self) => {
      const session = await openSession(self);
      const body = reason === undefined ? {} : { reason };
      let worst: ExitCode = EXIT.done;
      // One that is refused keeps none of the others from being cancelled.
      for (const text of texts) worst = worseOf(worst, await cancelOne(session, { text, body }));
      process.exitCode = worst;
    });
}

async function cancelOne(session: Session, { text, body }: What): Promise<ExitCode> {
  let jobId: string | undefined;
  try {
    jobId = await resolveId(session, 'job', text);
    const job = await session.client.call('POST /jobs/{jobId}/cancel', { path: { jobId }, body });
    await show(session.format, job, lineOf);
    const isRunning = (job.taskCounts.Cancelling ?? 0) > 0;
    suggest(`lastcall watch ${jobId}${isRunning ? `; if its tasks do not end: lastcall plan ${jobId}` : ''}`);
    return EXIT.done;
  } catch (error) {
    return explainError(error, jobId);
  }
}

function lineOf(job: Job): string {
  return `${job.jobId} ${job.name}: ${job.status} (${countsOf(job)})`;
}

function worseOf(one: ExitCode, other: ExitCode): ExitCode {
  return other > one ? other : one;
}
