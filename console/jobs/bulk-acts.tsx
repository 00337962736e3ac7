import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import type { Client } from '#client/client';
import { useAct } from '#console/api/acts.ts';
import type { Job } from '#console/api/types.ts';
import { reasonAgainst } from '#console/parts/allowed.tsx';

const VERBS = {
  cancel: 'Cancel',
  hold: 'Hold',
  release: 'Release',
  requeue: 'Requeue what has not finished',
} as const;
type Verb = keyof typeof VERBS;
const DO: Readonly<Record<Verb, (client: Client, path: { readonly jobId: string }) => Promise<Job>>> = {
  cancel: (client, path) => client.call('POST /jobs/{jobId}/cancel', { path, body: {} }),
  hold: (client, path) => client.call('POST /jobs/{jobId}/hold', { path }),
  release: (client, path) => client.call('POST /jobs/{jobId}/release', { path }),
  requeue: (client, path) => client.call('POST /jobs/{jobId}/requeue', { path, body: {} }),
};
type Outcome = 'under way' | 'done' | string;

/** Acts on the selected jobs: first which can and which cannot, then an outcome for each. */
export function BulkActs({ jobs, onDone }: { jobs: readonly Job[]; onDone(): void }) {
  const [asked, setAsked] = useState<{ verb: Verb; jobs: readonly Job[] }>();
  return (
    <>
      <ButtonDropdown
        disabled={jobs.length === 0}
        items={Object.entries(VERBS).map(([id, text]) => ({ id, text }))}
        onItemClick={({ detail }) => {
          const verb = Object.keys(VERBS).find((each): each is Verb => each === detail.id);
          if (verb) setAsked({ verb, jobs });
        }}
      >
        Act on {jobs.length} selected
      </ButtonDropdown>
      {asked && (
        <BulkDialog
          {...asked}
          onClose={() => {
            setAsked(undefined);
            onDone();
          }}
        />
      )}
    </>
  );
}

function BulkDialog({ verb, jobs, onClose }: { verb: Verb; jobs: readonly Job[]; onClose(): void }) {
  const act = useAct<Job>();
  const [outcomes, setOutcomes] = useState<Readonly<Record<string, Outcome>>>({});
  const possible = jobs.filter(({ actions }) => actions[verb] === true);
  const isBegun = Object.keys(outcomes).length > 0;
  const settle = (jobId: string, outcome: Outcome) => setOutcomes((before) => ({ ...before, [jobId]: outcome }));
  const begin = async () => {
    // One after the other: what fails says so in its row, and the others go on.
    for (const { jobId } of possible) {
      settle(jobId, 'under way');
      const sent = act.mutateAsync((client) => DO[verb](client, { jobId }));
      await sent.then(
        () => settle(jobId, 'done'),
        (error: Error) => settle(jobId, error.message),
      );
    }
  };
  return (
    <Modal
      visible
      onDismiss={onClose}
      header={`${VERBS[verb]}: ${possible.length} of ${jobs.length} jobs`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={onClose}>{isBegun ? 'Close' : 'Keep them'}</Button>
            {!isBegun && (
              <Button variant="primary" disabled={possible.length === 0} onClick={begin}>
                {VERBS[verb]} {possible.length} jobs
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <ul>
        {jobs.map((job) => (
          <li key={job.jobId}>
            {job.name}: <OutcomeOf outcome={outcomes[job.jobId]} against={reasonAgainst(job.actions[verb])} />
          </li>
        ))}
      </ul>
    </Modal>
  );
}

function OutcomeOf({ outcome, against }: { outcome: Outcome | undefined; against: string | undefined }) {
  if (outcome === 'done') return <StatusIndicator type="success">done</StatusIndicator>;
  if (outcome === 'under way') return <StatusIndicator type="loading">under way</StatusIndicator>;
  if (outcome !== undefined) return <StatusIndicator type="error">{outcome}</StatusIndicator>;
  if (against !== undefined) return <StatusIndicator type="stopped">{against}</StatusIndicator>;
  return <StatusIndicator type="pending">can be done</StatusIndicator>;
}
