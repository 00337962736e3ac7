import type { Command } from '@commander-js/extra-typings';
import { showPage } from '#cli/lists';
import { handlersText } from '#cli/output/system';
import { openSession } from '#cli/session';

/** Declares `lastcall handlers`. */
export function handlers(command: Command): void {
  command.action(async (_options, self) => {
    const session = await openSession(self);
    await showPage(session, { page: await session.client.call('GET /handlers'), text: handlersText });
  });
}
