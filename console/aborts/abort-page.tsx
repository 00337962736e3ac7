import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAbort, useJob } from '#console/api/reads.ts';
import type { Abort } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { Ago, Lasting } from '#console/parts/ago.tsx';
import { PageLink } from '#console/parts/page-link.tsx';
import { Status } from '#console/parts/status.tsx';
import { Steps } from '#console/workflow/steps.tsx';
import { isFinalAbort } from '#domain/statuses';
import { Announcer } from './announcer.tsx';
import { Bystanders } from './bystanders.tsx';
import { happened } from './happened.ts';
import { Lanes } from './lanes.tsx';
import { ProofCard } from './proof-card.tsx';
import { StoppedTasks } from './stopped-tasks.tsx';
import { Withdraw } from './withdraw.tsx';

/** One abort, live until it has ended; then its proof. */
export function AbortPage({ abortId }: { abortId: string }) {
  const { data: abort, error } = useAbort(abortId);
  const { data: job } = useJob(abort?.jobId ?? '', abort !== undefined);
  if (!abort) return <Problem error={error} header="The abort cannot be read" />;
  return (
    <SpaceBetween size="l">
      <Header variant="h1" actions={<Withdraw abort={abort} />} description={<Box variant="code">{abort.abortId}</Box>}>
        Abort of <PageLink to={`/jobs/${abort.jobId}`}>{job?.name ?? abort.jobId}</PageLink>{' '}
        <Status of={abort.status} />
      </Header>
      <Problem error={error} header="The abort cannot be read; what is shown is old. It goes on by itself." />
      <Announcer abort={abort} />
      {abort.failure && (
        <Alert type="error" header={`It failed at ${abort.failure.step}`}>
          {abort.failure.reason}
        </Alert>
      )}
      {isFinalAbort(abort.status) && <ProofCard abort={abort} jobName={job?.name ?? abort.jobId} />}
      <Facts abort={abort} />
      {abort.mode === 'server' && <Lanes abort={abort} />}
      <StoppedTasks abort={abort} />
      {abort.mode === 'server' && <Bystanders abort={abort} />}
      <Steps abort={abort} />
      <Timeline abort={abort} />
    </SpaceBetween>
  );
}

function Facts({ abort }: { abort: Abort }) {
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Requested by', value: abort.requestedByName ?? abort.requestedBy },
          { label: 'Why', value: abort.reason },
          { label: 'Requested', value: <Ago at={abort.requestedAt} /> },
          {
            label: isFinalAbort(abort.status) ? 'Took' : 'Takes',
            value: <Lasting from={abort.requestedAt} to={abort.endedAt} />,
          },
        ]}
      />
    </Container>
  );
}

function Timeline({ abort }: { abort: Abort }) {
  return (
    <Container header={<Header variant="h2">What happened</Header>}>
      <ol>
        {abort.timeline.map((entry) => (
          <li key={`${entry.at} ${entry.type} ${String(entry.serverId ?? entry.taskId ?? '')}`}>
            <Ago at={entry.at} /> {happened(entry)}
          </li>
        ))}
      </ol>
    </Container>
  );
}
