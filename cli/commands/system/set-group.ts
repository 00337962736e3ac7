import type { Command } from '@commander-js/extra-typings';
import { oneOf } from '#cli/lists';
import { show } from '#cli/output/format';
import { suggest } from '#cli/output/notes';
import { groupsText } from '#cli/output/system';
import { openSession } from '#cli/session';
import { PRIORITIES } from '#domain/priorities';

/** Declares `lastcall set-group`. */
export function setGroup(command: Command): void {
  command
    .argument('<group>', 'its name')
    .argument('<priority>', `of its new jobs that name none: ${PRIORITIES.join(', ')}`, oneOf(PRIORITIES))
    .action(async (...[batchGroup, defaultPriority, , self]) => {
      const session = await openSession(self);
      const body = { defaultPriority };
      const group = await session.client.call('PUT /groups/{batchGroup}', { path: { batchGroup }, body });
      await show(session.format, group, (set) => groupsText([set]));
      suggest('lastcall groups');
    });
}
