import type { Command } from '@commander-js/extra-typings';
import { resolveId } from '#cli/ids';
import { show } from '#cli/output/format';
import { waitingText } from '#cli/output/tasks';
import { openSession } from '#cli/session';

/** Declares `lastcall why`. */
export function why(command: Command): void {
  command.argument('<job>', 'its id, a beginning of it, or @last').action(async (job, _options, self) => {
    const session = await openSession(self);
    const jobId = await resolveId(session, 'job', job);
    const waiting = await session.client.call('GET /jobs/{jobId}/waiting', { path: { jobId } });
    await show(session.format, waiting, ({ items }) => waitingText(items));
  });
}
