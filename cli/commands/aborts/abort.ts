import type { Command } from '@commander-js/extra-typings';
import { confirmAbort } from '#cli/abort/confirm-abort';
import { wrongUse } from '#cli/exit-codes';
import { followAbort } from '#cli/follow/follow-abort';
import { resolveId } from '#cli/ids';
import { abortText } from '#cli/output/abort';
import { show } from '#cli/output/format';
import { canAsk, note, suggest } from '#cli/output/notes';
import { openSession } from '#cli/session';
import { rememberId } from '#cli/state/last';

/** Declares `lastcall abort`. */
export function abort(command: Command): void {
  command
    .argument('<job>', 'its id, a beginning of it, or @last')
    .option('--reason <text>', 'why: it is kept with the abort')
    .option('--yes', 'ask nothing; what harms others needs --plan or --accept-harm besides')
    .option('--plan <id>', 'confirm the plan that lastcall plan has shown')
    .option('--accept-harm', 'confirm whatever the plan does to others')
    .option('--detach', 'do not follow the abort')
    .action(async (text, { reason, yes = false, plan, acceptHarm = false, detach }, self) => {
      const session = await openSession(self);
      if (reason === undefined && !canAsk())
        throw wrongUse('There is no terminal to ask on: say why by --reason TEXT.');
      const jobId = await resolveId(session, 'job', text);
      const job = await session.client.call('GET /jobs/{jobId}', { path: { jobId } });
      const made = await confirmAbort(session, job, { yes, acceptHarm, planId: plan, reason });
      await rememberId(session.client.url, 'abort', made.abortId);
      note(`Abort ${made.abortId} is under way.`);
      if (!detach) {
        process.exitCode = await followAbort(session, made.abortId);
        return;
      }
      await show(session.format, made, abortText);
      suggest(`lastcall abort-status ${made.abortId} --watch`);
    });
}
