import type { Command } from '@commander-js/extra-typings';
import { resolveId } from '#cli/ids';
import { pageLimit, showPage } from '#cli/lists';
import { abortsText } from '#cli/output/system';
import { openSession } from '#cli/session';

/** Declares `lastcall aborts`. */
export function aborts(command: Command): void {
  command
    .option('--job <job>', 'of this job')
    .option('--limit <number>', 'how many at most', pageLimit)
    .option('--cursor <cursor>', 'go on after that page')
    .action(async ({ job, ...page }, self) => {
      const session = await openSession(self);
      const ofJob = job === undefined ? {} : { jobId: await resolveId(session, 'job', job) };
      const found = await session.client.call('GET /aborts', { query: { ...page, ...ofJob } });
      await showPage(session, { page: found, text: abortsText });
    });
}
