import type { Command } from '@commander-js/extra-typings';
import { resolveId } from '#cli/ids';
import { show } from '#cli/output/format';
import { suggest } from '#cli/output/notes';
import { waitingText } from '#cli/output/tasks';
import { openSession } from '#cli/session';
import type { Waiting } from '#client/client';

/** Declares `lastcall why`. */
export function why(command: Command): void {
  command.argument('<job>', 'its id, a beginning of it, or @last').action(async (job, _options, self) => {
    const session = await openSession(self);
    const jobId = await resolveId(session, 'job', job);
    const waiting = await session.client.call('GET /jobs/{jobId}/waiting', { path: { jobId } });
    await show(session.format, waiting, ({ items }) => waitingText(items));
    suggest(nextOf(waiting.items, jobId));
  });
}

/** The command that helps; else what runs now, which others may wait for. */
function nextOf(items: readonly Waiting[], jobId: string): string {
  const verbs = items.flatMap(({ verb }) => verb ?? []);
  if (verbs.includes('abort')) return `lastcall plan ${jobId}`;
  if (verbs.includes('release')) return `lastcall release ${jobId}`;
  return `lastcall tasks ${jobId} --status Executing`;
}
