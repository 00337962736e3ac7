import type { Command } from '@commander-js/extra-typings';
import { resolveId } from '#cli/ids';
import { show } from '#cli/output/format';
import { suggest } from '#cli/output/notes';
import { takersOf, waitingText } from '#cli/output/tasks';
import { openSession, type Session } from '#cli/session';
import type { Waiting } from '#client/client';
import { isFinalJob } from '#domain/statuses';

/** Declares `lastcall why`. */
export function why(command: Command): void {
  command.argument('<job>', 'its id, a beginning of it, or @last').action(async (job, _options, self) => {
    const session = await openSession(self);
    const jobId = await resolveId(session, 'job', job);
    const waiting = await session.client.call('GET /jobs/{jobId}/waiting', { path: { jobId } });
    const names = session.format === 'table' ? await namesOf(session, waiting.items) : undefined;
    await show(session.format, waiting, ({ items }) => waitingText(items, names));
    suggest(await nextOf(session, waiting.items, jobId));
  });
}

/** The names of the jobs that take the slots. One that is gone meanwhile has none. */
async function namesOf({ client }: Session, items: readonly Waiting[]): Promise<Map<string, string>> {
  const ids = new Set(items.flatMap(takersOf).map(({ jobId }) => jobId));
  const pairs = [...ids].map(async (jobId): Promise<[string, string][]> => {
    const found = await client.call('GET /jobs/{jobId}', { path: { jobId } }).catch(() => undefined);
    return found ? [[jobId, found.name]] : [];
  });
  return new Map((await Promise.all(pairs)).flat());
}

/** The command that helps; else what runs now, which others may wait for. */
async function nextOf({ client }: Session, items: readonly Waiting[], jobId: string): Promise<string> {
  const verbs = items.flatMap(({ verb }) => verb ?? []);
  if (verbs.includes('abort')) return `lastcall plan ${jobId}`;
  if (verbs.includes('release')) return `lastcall release ${jobId}`;
  const { status } = await client.call('GET /jobs/{jobId}', { path: { jobId } });
  if (status === 'Error') return `lastcall tasks ${jobId} --status Error`;
  return isFinalJob(status) ? `lastcall job ${jobId}` : `lastcall tasks ${jobId} --status Executing`;
}
