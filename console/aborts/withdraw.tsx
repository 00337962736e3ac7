import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAct } from '#console/api/acts.ts';
import type { Abort } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { ActButton } from '#console/parts/allowed.tsx';
import { isFinalAbort } from '#domain/statuses';

/** Takes the abort back while servers drain. */
export function Withdraw({ abort }: { abort: Abort }) {
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const act = useAct<Abort>();
  if (isFinalAbort(abort.status)) return null;
  const close = () => setAsking(false);
  const withdraw = () =>
    act.mutate(
      (client) =>
        client.call('POST /aborts/{abortId}/withdraw', {
          path: { abortId: abort.abortId },
          body: reason.trim() === '' ? {} : { reason: reason.trim() },
        }),
      { onSuccess: close },
    );
  return (
    <>
      <ActButton allowed={abort.actions.withdraw} onClick={() => setAsking(true)}>
        Withdraw
      </ActButton>
      <Modal
        visible={isAsking}
        onDismiss={close}
        header="Withdraw this abort?"
        closeAriaLabel="Close"
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={close}>Let it go on</Button>
              <Button variant="primary" loading={act.isPending} onClick={withdraw}>
                Withdraw
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          <Problem error={act.error} header="It was not withdrawn" />
          <Box>
            Servers that still drain go back to work. What already restarts is not undone, and the job stays cancelled.
          </Box>
          <FormField label="Reason" description="Optional. It is kept with the abort.">
            <Input value={reason} onChange={({ detail }) => setReason(detail.value)} />
          </FormField>
        </SpaceBetween>
      </Modal>
    </>
  );
}
