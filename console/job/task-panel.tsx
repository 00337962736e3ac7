import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useLocation } from 'wouter';
import { useTask } from '#console/api/reads.ts';
import type { Job, Task } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { Ago, Lasting } from '#console/parts/ago.tsx';
import { Raw } from '#console/parts/raw.tsx';
import { Status } from '#console/parts/status.tsx';
import { TaskLink } from '#console/parts/task-link.tsx';

type Attempt = Task['attempts'][number];

/** One task, whole: attempts with their errors and causes, input, result, and what it depends on. */
export function TaskPanel({ job, taskId }: { job: Job; taskId: string }) {
  const [, navigate] = useLocation();
  const { data: task, error } = useTask(job.jobId, taskId);
  if (!task) return <Problem error={error} header="The task cannot be read" />;
  const last = task.attempts.at(-1);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              iconName="close"
              variant="icon"
              ariaLabel="Close the task"
              onClick={() => navigate(`/jobs/${job.jobId}/tasks`)}
            />
          }
        >
          {task.name ?? task.taskId} <Status of={task.status} />
        </Header>
      }
    >
      <SpaceBetween size="m">
        {last?.error && <ErrorOf error={last.error} />}
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'Handler', value: task.handler },
            { label: 'Server', value: task.serverId ?? '–' },
            { label: 'Retries', value: `${task.failures} of ${task.maxRetries} used` },
            { label: 'After a restart of its server', value: task.restartable ? 'it runs again' : 'it is an Error' },
            { label: 'Depends on', value: <Dependencies job={job} task={task} /> },
          ]}
        />
        <Attempts attempts={task.attempts} />
        <ExpandableSection headerText="Input">
          <Raw value={JSON.stringify(task.input, null, 2)} label="Input of the task" />
        </ExpandableSection>
        {task.result !== undefined && (
          <ExpandableSection headerText="Result">
            <Raw value={JSON.stringify(task.result, null, 2)} label="Result of the task" />
          </ExpandableSection>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Dependencies({ job, task }: { job: Job; task: Task }) {
  const needed = task.dependsOn ?? [];
  if (needed.length === 0) return <>nothing</>;
  return (
    <>
      {task.dependencyCondition === 'Any' ? 'any of ' : ''}
      {needed.map(({ taskId, expected }, index) => (
        <span key={taskId}>
          {index > 0 && ', '}
          <TaskLink jobId={job.jobId} taskId={taskId} /> ({expected})
        </span>
      ))}
    </>
  );
}

function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return <Box>It has not started yet.</Box>;
  return (
    <Table
      variant="embedded"
      items={[...attempts].reverse()}
      ariaLabels={{ tableLabel: 'Attempts' }}
      columnDefinitions={[
        { id: 'number', header: 'Attempt', cell: ({ attempt }) => attempt, isRowHeader: true },
        { id: 'outcome', header: 'Outcome', cell: ({ outcome }) => <Status of={outcome ?? 'Executing'} /> },
        { id: 'server', header: 'Server', cell: ({ serverId }) => serverId.slice(0, 8) },
        { id: 'started', header: 'Started', cell: ({ startedAt }) => <Ago at={startedAt} /> },
        { id: 'took', header: 'Took', cell: (attempt) => <Lasting from={attempt.startedAt} to={attempt.endedAt} /> },
        { id: 'error', header: 'Error', cell: ({ error }) => error?.message ?? '' },
      ]}
    />
  );
}

function ErrorOf({ error }: { error: NonNullable<Attempt['error']> }) {
  return (
    <Alert type="error" header={error.name ?? 'Error'}>
      {error.message}
      <ExpandableSection headerText="Stack and causes">
        <Raw value={error} label="The error" />
      </ExpandableSection>
    </Alert>
  );
}
