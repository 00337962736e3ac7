import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import { EXIT } from '#cli/exit-codes';
import { followJob } from '#cli/follow/follow-job';
import { resolveId } from '#cli/ids';
import { openSession } from '#cli/session';

/** Declares `lastcall watch`. */
export function watch(command: Command): void {
  command
    .argument('<job>', 'its id, a beginning of it, or @last')
    .option('--timeout <seconds>', `end after so long with exit code ${EXIT.timedOut}`, seconds)
    .action(async (text, { timeout }, self) => {
      const session = await openSession(self);
      const jobId = await resolveId(session, 'job', text);
      process.exitCode = await followJob(session, jobId, timeout);
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number of seconds.');
}
