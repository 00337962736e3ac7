import type { Command } from '@commander-js/extra-typings';
import { followAbort } from '#cli/follow/follow-abort';
import { resolveAbort } from '#cli/ids';
import { abortText } from '#cli/output/abort';
import { show } from '#cli/output/format';
import { suggest } from '#cli/output/notes';
import { openSession } from '#cli/session';
import { isFinalAbort } from '#domain/statuses';

/** Declares `lastcall abort-status`. */
export function abortStatus(command: Command): void {
  command
    .argument('<abort>', 'its id, a beginning of it, @last, or the job that it is of')
    .option('--watch', 'follow it to its end')
    .action(async (text, { watch }, self) => {
      const session = await openSession(self);
      const abortId = await resolveAbort(session, text);
      if (watch) {
        process.exitCode = await followAbort(session, abortId);
        return;
      }
      const abort = await session.client.call('GET /aborts/{abortId}', { path: { abortId } });
      await show(session.format, abort, abortText);
      suggest(isFinalAbort(abort.status) ? `lastcall job ${abort.jobId}` : `lastcall abort-status ${abortId} --watch`);
    });
}
