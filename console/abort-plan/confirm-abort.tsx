import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { Refused } from '#client/client';
import { useAct } from '#console/api/acts.ts';
import type { Abort, Job, Plan } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { reasonAgainst } from '#console/parts/allowed.tsx';
import { isHarmful } from './harm.ts';
import { planIn } from './plan-in.ts';

type Props = {
  job: Job;
  plan: Plan;
  /** Whether all that the plan says has been read. */
  isRead: boolean;
  onPlanChanged(plan: Plan): void;
};

/** The reason and, only if somebody's work fails or stops, the name of the job; then the abort. */
export function ConfirmAbort({ job, plan, isRead, onPlanChanged }: Props) {
  const [, navigate] = useLocation();
  const [reason, setReason] = useState('');
  const [name, setName] = useState('');
  const act = useAct<Abort>();
  const mustName = isHarmful(plan);
  const missing = missingOf({ job, isRead, reason, name, mustName });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (missing !== undefined) return;
    const body = { planId: plan.planId, reason: reason.trim() };
    act.mutate((client) => client.call('POST /jobs/{jobId}/abort', { path: { jobId: job.jobId }, body }), {
      onSuccess: ({ abortId }) => navigate(`/aborts/${abortId}`),
      onError: (error) => {
        const changed = error instanceof Refused ? planIn(error) : undefined;
        if (changed) onPlanChanged(changed);
      },
    });
  };
  return (
    <form onSubmit={submit}>
      <Form
        actions={
          <Button
            variant="primary"
            loading={act.isPending}
            disabled={missing !== undefined}
            {...(missing === undefined ? {} : { disabledReason: missing })}
          >
            {plan.mode === 'server' ? 'Abort and restart the servers' : 'Abort the tasks'}
          </Button>
        }
      >
        <Container header={<Header variant="h2">Confirm</Header>}>
          <SpaceBetween size="m">
            <Problem error={act.error} header="Nothing was aborted" />
            <FormField label="Reason" description="It is kept with the abort, for those whose jobs it disrupts.">
              <Input value={reason} onChange={({ detail }) => setReason(detail.value)} />
            </FormField>
            {mustName && (
              <FormField
                label={`Type the name of the job: ${job.name}`}
                description="Work of other jobs fails or stops, so this asks twice."
              >
                <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
              </FormField>
            )}
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}

type Given = { job: Job; isRead: boolean; reason: string; name: string; mustName: boolean };

/** What is missing before the abort can be requested, in words. */
function missingOf({ job, isRead, reason, name, mustName }: Given): string | undefined {
  const refusal = reasonAgainst(job.actions.abort);
  if (refusal !== undefined) return refusal;
  if (!isRead) return 'The plan has changed: read first what is new.';
  if (reason.trim() === '') return 'Say why.';
  return mustName && name.trim() !== job.name ? 'Type the name of the job.' : undefined;
}
