import type { Command } from '@commander-js/extra-typings';
import { oneOf, pageLimit, showPage, someOf } from '#cli/lists';
import { eventsText } from '#cli/output/tasks';
import { openSession } from '#cli/session';
import { AUDITED_TYPES, ORDERS } from '#domain/jobs/audit';

/** Declares `lastcall audit`. */
export function audit(command: Command): void {
  command
    .option('--type <types>', `with commas between: ${AUDITED_TYPES.join(', ')}`, someOf(AUDITED_TYPES))
    .option('--by <users>', 'the ids of people, with commas between')
    .option('--since <time>', 'not before this time')
    .option('--until <time>', 'not after this time')
    .option('--order <order>', ORDERS.join(', '), oneOf(ORDERS))
    .option('--limit <number>', 'how many at most', pageLimit)
    .option('--cursor <cursor>', 'go on after that page')
    .action(async (query, self) => {
      const session = await openSession(self);
      const page = await session.client.call('GET /events', { query });
      await showPage(session, { page, text: eventsText });
    });
}
