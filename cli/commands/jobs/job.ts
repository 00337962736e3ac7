import type { Command } from '@commander-js/extra-typings';
import { resolveId } from '#cli/ids';
import { show } from '#cli/output/format';
import { jobText } from '#cli/output/jobs';
import { suggest } from '#cli/output/notes';
import { openSession } from '#cli/session';
import { isFinalJob } from '#domain/statuses';

/** Declares `lastcall job`. */
export function job(command: Command): void {
  command.argument('<job>', 'its id, a beginning of it, or @last').action(async (text, _options, self) => {
    const session = await openSession(self);
    const jobId = await resolveId(session, 'job', text);
    const found = await session.client.call('GET /jobs/{jobId}', { path: { jobId } });
    await show(session.format, found, jobText);
    suggest(`lastcall ${isFinalJob(found.status) ? 'tasks' : 'watch'} ${jobId}`);
  });
}
