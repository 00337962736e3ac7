import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import { useFeatures } from '#console/api/reads.ts';
import type { Job } from '#console/api/types.ts';
import { ActButton, type Allowed, reasonAgainst } from '#console/parts/allowed.tsx';
import { isFinalJob } from '#domain/statuses';
import { CancelDialog } from './cancel-dialog.tsx';

/** From asking to forcing: each step that is not possible says why. */
export function StopLadder({ job }: { job: Job }) {
  const [, navigate] = useLocation();
  const [isAsking, setAsking] = useState(false);
  const features = useFeatures().data?.items ?? [];
  const isEnhanced = features.some(({ name, enabled }) => name === 'EnhancedBatchAbort' && enabled);
  if (isFinalJob(job.status)) return null;
  const { cancel, abort } = job.actions;
  const elsewhere = (feature: string): Allowed => ({ code: 'WrongStatus', reason: feature });
  const tasksOnly = isEnhanced ? elsewhere('EnhancedBatchAbort is on: an abort restarts the servers.') : abort;
  const servers = isEnhanced
    ? abort
    : elsewhere('The feature EnhancedBatchAbort is off. A SystemAdministrator switches it on, under Features.');
  return (
    <Container header={<Header variant="h2">Stop this job</Header>}>
      <ColumnLayout columns={3} borders="vertical">
        <Step
          number={1}
          title="Cancel"
          allowed={cancel}
          what="Nothing new starts. What runs is told, and ends by itself."
        >
          <ActButton allowed={cancel} variant="primary" onClick={() => setAsking(true)}>
            Cancel the job
          </ActButton>
        </Step>
        <Step
          number={2}
          allowed={tasksOnly}
          title="Abort its tasks"
          what="Stops what does not listen, task by task. No other job is touched; a task that is blocked in native code stays."
        >
          <ActButton allowed={tasksOnly} onClick={() => navigate(`/jobs/${job.jobId}/abort`)}>
            Read the abort plan
          </ActButton>
        </Step>
        <Step
          number={3}
          allowed={servers}
          title="Abort with a restart of its servers"
          what="Drains and restarts the servers that run it. Shows first which other jobs that disrupts."
        >
          <ActButton allowed={servers} onClick={() => navigate(`/jobs/${job.jobId}/abort`)}>
            Read the abort plan
          </ActButton>
        </Step>
      </ColumnLayout>
      {job.abortId !== undefined && (
        <Box margin={{ top: 's' }}>
          <Button variant="inline-link" onClick={() => navigate(`/aborts/${job.abortId}`)}>
            An abort of this job was requested: watch it
          </Button>
        </Box>
      )}
      {isAsking && <CancelDialog job={job} onClose={() => setAsking(false)} />}
    </Container>
  );
}

type StepProps = { number: number; title: string; what: string; allowed: Allowed; children: ReactNode };

/** The reason against a step is read without pointing at its button. */
function Step({ number, title, what, allowed, children }: StepProps) {
  return (
    <SpaceBetween size="xs">
      <Box variant="h3">
        {number}. {title}
      </Box>
      <Box variant="p">{what}</Box>
      {children}
      <Box variant="small">{reasonAgainst(allowed)}</Box>
    </SpaceBetween>
  );
}
