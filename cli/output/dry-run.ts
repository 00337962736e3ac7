/** A dry run as text. */
import type { DryRun } from '#client/client';
import { pairsOf } from './table.ts';
import { waitingText } from './tasks.ts';

const MAX_NAMED = 10;

/** What the job would be, in which order its tasks may run, and what would keep them from running. */
export function dryRunText(job: DryRun): string {
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
