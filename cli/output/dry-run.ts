/** A dry run as text. */
import type { Session } from '#cli/session';
import type { DryRun } from '#client/client';
import { show } from './format.ts';
import { note } from './notes.ts';
import { pairsOf } from './table.ts';
import { waitingText } from './tasks.ts';

const MAX_NAMED = 10;

/** Prints it; on stderr, the handler that is meant where a letter of a name is wrong. */
export async function showDryRun({ client, format }: Session, job: DryRun): Promise<void> {
  await show(format, job, dryRunText);
  const missing = job.warnings.filter((warning) => warning.for === 'NoServerForHandler');
  if (missing.length === 0) return;
  // Without the list there is only no advice.
  const { items } = await client.call('GET /handlers').catch(() => ({ items: [] }));
  for (const { of = '' } of missing) {
    const near = items.find(({ name }) => name !== of && isOneEditAway(of, name));
    if (near) note(`No server has the handler ${of}. Did you mean ${near.name}?`);
  }
}

/** What the job would be, in which order its tasks may run, and what would keep them from running. */
function dryRunText(job: DryRun): string {
  const facts = pairsOf([
    ['Name', job.name],
    ['Status', `${job.status} (nothing was submitted)`],
    ['Batch groups', job.batchGroups.join(', ')],
    ['Priority', job.priority],
    ['Starts at', job.startAt],
    ['Tasks', job.taskTotal],
    ['Order', job.stages.map(stageText).join(' -> ')],
    ['Longest chain', job.longestChain.length > 1 ? job.longestChain.join(' -> ') : undefined],
  ]);
  return job.warnings.length === 0 ? facts : `${facts}\n\n${waitingText(job.warnings)}`;
}

function stageText(ids: readonly string[]): string {
  const more = ids.length > MAX_NAMED ? ` and ${ids.length - MAX_NAMED} more` : '';
  return ids.slice(0, MAX_NAMED).join(', ') + more;
}

/** Whether a letter is more, less or another, or two are swapped. */
function isOneEditAway(one: string, other: string): boolean {
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const [a, b] = [one.slice(same), other.slice(same)];
  const isSwapped = a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return isSwapped || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1);
}
