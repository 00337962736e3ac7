import type { Command } from '@commander-js/extra-typings';
import { resolveAbort } from '#cli/ids';
import { abortText } from '#cli/output/abort';
import { show } from '#cli/output/format';
import { suggest } from '#cli/output/notes';
import { openSession } from '#cli/session';
import { isFinalAbort } from '#domain/statuses';

/** Declares `lastcall withdraw`. */
export function withdraw(command: Command): void {
  command
    .argument('<abort>', 'its id, a beginning of it, @last, or the job that it is of')
    .option('--reason <text>', 'why: it is kept with the abort')
    .action(async (text, { reason }, self) => {
      const session = await openSession(self);
      const abortId = await resolveAbort(session, text);
      const body = reason === undefined ? {} : { reason };
      const abort = await session.client.call('POST /aborts/{abortId}/withdraw', { path: { abortId }, body });
      await show(session.format, abort, abortText);
      suggest(isFinalAbort(abort.status) ? `lastcall job ${abort.jobId}` : `lastcall abort-status ${abortId} --watch`);
    });
}
