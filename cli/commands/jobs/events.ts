import type { Command } from '@commander-js/extra-typings';
import { resolveId } from '#cli/ids';
import { pageLimit, showPage } from '#cli/lists';
import { eventsText } from '#cli/output/tasks';
import { openSession } from '#cli/session';

/** Declares `lastcall events`. */
export function events(command: Command): void {
  command
    .argument('<job>', 'its id, a beginning of it, or @last')
    .option('--limit <number>', 'how many at most', pageLimit)
    .option('--cursor <cursor>', 'go on after that page')
    .action(async (job, query, self) => {
      const session = await openSession(self);
      const jobId = await resolveId(session, 'job', job);
      const page = await session.client.call('GET /jobs/{jobId}/events', { path: { jobId }, query });
      await showPage(session, { page, text: eventsText });
    });
}
