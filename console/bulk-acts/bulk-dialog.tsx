import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import type { Job } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { useClient } from '#console/app/session.tsx';
import { counted } from '#console/parts/words.ts';
import { statusName } from '#domain/statuses';
import { type Act, doTo, statusesFor, VERBS, type Verb, whyNot } from './acts.ts';
import { Details } from './details.tsx';
import { MAX_JOBS, type Search, useFound } from './found.ts';
import { Outcomes, Progress } from './outcomes.tsx';
import { useRun } from './run.ts';

type Props = { readonly verb: Verb; onClose(): void };

/** Acts on all jobs that a search finds: only on those whose status allows it, unless the search names statuses. */
export function ActOnFound({ search, ...props }: Props & { search: Search }) {
  const status = String(search.query?.status ?? statusesFor(props));
  const { found, error } = useFound({ ...search, query: { ...search.query, status } });
  const looked = `${counted(found.looked, 'job')} looked at, ${found.jobs.length} found`;
  if (!found.isOver)
    return (
      <Modal visible onDismiss={props.onClose} header={VERBS[props.verb]} closeAriaLabel="Close">
        {error ? <Problem error={error} header="The jobs cannot be read" /> : `Looking for the jobs: ${looked} …`}
      </Modal>
    );
  return (
    <ActOnJobs {...props} jobs={found.jobs}>
      <Box variant="p">
        {search.query?.status === undefined &&
          `Found among the jobs in the statuses ${status.split(',').map(statusName).join(', ')}. `}
        {found.isCut &&
          `The filter finds more than ${MAX_JOBS} jobs: these are the first ${MAX_JOBS}. Act again for the others.`}
      </Box>
    </ActOnJobs>
  );
}

/** Acts on these jobs: first which can and which cannot, and then an outcome for each. */
export function ActOnJobs({ verb, jobs, onClose, children }: Props & { jobs: readonly Job[]; children?: ReactNode }) {
  const client = useClient();
  const [act, setAct] = useState<Act>({ verb, reason: '', priority: 'High' });
  const [key] = useState(() => crypto.randomUUID());
  const run = useRun((job) => doTo(job, act, { client, idempotencyKey: `${key} ${job.jobId}` }));
  const possible = jobs.filter((job) => whyNot(job, act) === undefined);
  const left = possible.filter(({ jobId }) => !run.outcomes.has(jobId));
  const isBegun = run.state !== 'asked';
  const isRunning = run.state === 'running';
  const close = () => {
    if (!isRunning) onClose();
  };
  return (
    <Modal
      visible
      size="large"
      onDismiss={close}
      header={`${VERBS[verb]}: ${possible.length} of ${counted(jobs.length, 'job')}`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {isRunning ? (
              <Button onClick={run.stop}>Stop</Button>
            ) : (
              <Button onClick={close}>{isBegun ? 'Close' : 'Leave them'}</Button>
            )}
            {!isRunning && (left.length > 0 || !isBegun) && (
              <Button variant="primary" disabled={left.length === 0} onClick={() => run.go(left)}>
                {isBegun ? 'Go on with' : SHORT[verb]} {counted(left.length, 'job')}
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {children}
        {!isBegun && <Details act={act} jobs={possible} onChange={setAct} />}
        {isBegun && (
          <Progress outcomes={run.outcomes} isRunning={isRunning} total={possible.length} left={left.length} />
        )}
        <Outcomes jobs={jobs} act={act} outcomes={run.outcomes} isBegun={isBegun} />
      </SpaceBetween>
    </Modal>
  );
}

const SHORT: Readonly<Record<Verb, string>> = {
  cancel: 'Cancel',
  hold: 'Hold',
  release: 'Release',
  requeue: 'Requeue',
  setPriority: 'Change',
};
