import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { ABORT_WARNING } from '#client/abort-warning';
import { useJob, usePlan } from '#console/api/reads.ts';
import type { Plan } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { ConfirmAbort } from './confirm-abort.tsx';
import { DisruptedJobs } from './disrupted-jobs.tsx';
import { Forecast } from './forecast.tsx';
import { addedBy } from './harm.ts';
import { OwnTasks } from './own-tasks.tsx';
import { PlannedServers } from './planned-servers.tsx';

/** What an abort of this job would do: it is read first, and only what was read is confirmed. */
export function AbortPlanPage({ jobId }: { jobId: string }) {
  const [, navigate] = useLocation();
  const { data: job } = useJob(jobId);
  const { data: newest, error } = usePlan(jobId);
  const [read, setRead] = useState<Plan>();
  const [refused, setRefused] = useState<Plan>();
  useEffect(() => {
    if (newest && !read) setRead(newest);
  }, [newest, read]);
  const now = refused ?? newest;
  const back = <Button onClick={() => navigate(`/jobs/${jobId}`)}>Back to the job</Button>;
  if (!job || !read || !now)
    return (
      <SpaceBetween size="l">
        <Header variant="h1" actions={back}>
          Abort {job?.name ?? jobId}?
        </Header>
        <Problem error={error} header="There is no plan" />
      </SpaceBetween>
    );
  const added = addedBy(read, now);
  const isServerAbort = now.mode === 'server';
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={back}
        description={
          isServerAbort
            ? 'The servers that run its tasks drain and are restarted, because the feature EnhancedBatchAbort is on.'
            : 'Its running tasks are stopped where they run. No other job is touched, because the feature EnhancedBatchAbort is off.'
        }
      >
        Abort {job.name}?
      </Header>
      <Alert type="warning">{ABORT_WARNING.join(' ')}</Alert>
      <Problem error={error} header="The plan cannot be read; what is shown is old" />
      {!added.isEmpty && <PlanChanged onRead={() => accept(now)} />}
      <Forecast plan={now} />
      {isServerAbort && <DisruptedJobs plan={now} added={added} />}
      <OwnTasks job={job} plan={now} added={added} />
      {isServerAbort && <PlannedServers plan={now} added={added} />}
      <ConfirmAbort job={job} plan={now} isRead={added.isEmpty} onPlanChanged={setRefused} />
    </SpaceBetween>
  );

  function accept(plan: Plan): void {
    setRead(plan);
    setRefused(undefined);
  }
}

function PlanChanged({ onRead }: { onRead(): void }) {
  return (
    <div role="status">
      <Alert
        type="error"
        header="The plan has changed: the abort would do more than what you have read"
        action={<Button onClick={onRead}>I have read what is new</Button>}
      >
        <Box>What is new is marked. Nothing has been aborted.</Box>
      </Alert>
    </div>
  );
}
