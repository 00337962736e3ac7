import ExpandableSection from '@cloudscape-design/components/expandable-section';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import type { Job } from '#console/api/types.ts';
import { counted } from '#console/parts/words.ts';
import { type Act, whyNot } from './acts.ts';
import type { Outcome } from './run.ts';

/** So many names are shown at once; more are shown when they are asked for. */
const MAX_OPEN_NAMES = 10;

type Outcomes = ReadonlyMap<string, Outcome>;
type Fate = { readonly type: StatusIndicatorProps.Type; readonly words: string };

type ProgressProps = { outcomes: Outcomes; isRunning: boolean; total: number; left: number };

/** How far a run is. */
export function Progress({ outcomes, isRunning, total, left }: ProgressProps) {
  const settled = [...outcomes.values()].filter((outcome) => outcome !== 'under way').length;
  const failed = [...outcomes.values()].filter((outcome) => typeof outcome === 'object').length;
  const facts = `${settled} of ${counted(total, 'job')}, ${failed} failed`;
  if (isRunning) return <ProgressBar value={(100 * settled) / total} label="Under way" description={facts} />;
  return (
    <StatusIndicator type={left > 0 ? 'stopped' : failed > 0 ? 'warning' : 'success'}>
      {left > 0 ? `Stopped after ${facts}` : `Done: ${facts}`}
    </StatusIndicator>
  );
}

type Props = { jobs: readonly Job[]; act: Act; outcomes: Outcomes; isBegun: boolean };

/** The jobs with the same outcome, or the same reason against it, together; each is named. */
export function Outcomes({ jobs, act, outcomes, isBegun }: Props) {
  const fateOf = (job: Job): Fate => {
    const against = whyNot(job, act);
    const outcome = outcomes.get(job.jobId);
    if (outcome === 'done') return { type: 'success', words: 'done' };
    if (outcome === 'under way') return { type: 'loading', words: 'under way' };
    if (outcome !== undefined) return { type: 'error', words: outcome.failed };
    if (against !== undefined) return { type: 'stopped', words: against };
    return { type: 'pending', words: isBegun ? 'not sent yet' : 'can be done' };
  };
  const fates = Map.groupBy(jobs, (job) => JSON.stringify(fateOf(job)));
  return (
    <SpaceBetween size="xs">
      {[...fates.values()].map(
        ([first, ...others]) =>
          first && <Together key={fateOf(first).words} fate={fateOf(first)} jobs={[first, ...others]} />,
      )}
    </SpaceBetween>
  );
}

function Together({ fate, jobs }: { fate: Fate; jobs: readonly Job[] }) {
  const [chosen, choose] = useState<boolean>();
  const isOpen = chosen ?? jobs.length <= MAX_OPEN_NAMES;
  return (
    <ExpandableSection
      expanded={isOpen}
      onChange={({ detail }) => choose(detail.expanded)}
      headerText={
        <>
          <StatusIndicator type={fate.type}>{fate.words}</StatusIndicator> – {counted(jobs.length, 'job')}
        </>
      }
    >
      {isOpen && (
        <ul>
          {jobs.map(({ jobId, name }) => (
            <li key={jobId}>{name}</li>
          ))}
        </ul>
      )}
    </ExpandableSection>
  );
}
