import type { Command } from '@commander-js/extra-typings';
import { showPage } from '#cli/lists';
import { featuresText } from '#cli/output/system';
import { openSession } from '#cli/session';

/** Declares `lastcall features`. */
export function features(command: Command): void {
  command.action(async (_options, self) => {
    const session = await openSession(self);
    await showPage(session, { page: await session.client.call('GET /features'), text: featuresText });
  });
}
