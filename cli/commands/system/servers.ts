import type { Command } from '@commander-js/extra-typings';
import { showPage } from '#cli/lists';
import { serversText } from '#cli/output/system';
import { openSession } from '#cli/session';

/** Declares `lastcall servers`. */
export function servers(command: Command): void {
  command.option('--all', 'also those that have stopped').action(async ({ all }, self) => {
    const session = await openSession(self);
    const page = await session.client.call('GET /servers');
    const text = (items: typeof page.items) =>
      serversText(all ? items : items.filter(({ status }) => status !== 'Stopped'));
    await showPage(session, { page, text });
  });
}
