import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAct } from '#console/api/acts.ts';
import type { Job } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { effectOfCancel } from './sentence.ts';

type Props = { job: Job; onClose(): void };

/** Asks before a cancel, and says what it does. */
export function CancelDialog({ job, onClose }: Props) {
  const [reason, setReason] = useState('');
  const act = useAct<Job>();
  const cancel = () =>
    act.mutate(
      (client) =>
        client.call('POST /jobs/{jobId}/cancel', {
          path: { jobId: job.jobId },
          body: reason.trim() === '' ? {} : { reason: reason.trim() },
        }),
      { onSuccess: onClose },
    );
  return (
    <Modal
      visible
      onDismiss={onClose}
      header={`Cancel ${job.name}?`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={onClose}>Keep it</Button>
            <Button variant="primary" loading={act.isPending} onClick={cancel}>
              Cancel the job
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Problem error={act.error} header="The job was not cancelled" />
        <Box variant="p">{effectOfCancel(job.taskCounts)}</Box>
        <FormField label="Reason" description="Optional. It is kept in the job's story.">
          <Input value={reason} onChange={({ detail }) => setReason(detail.value)} />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}
