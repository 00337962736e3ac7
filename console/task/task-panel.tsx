import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLocation } from 'wouter';
import { useTask, useWaiting } from '#console/api/reads.ts';
import type { Job, Task } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { Raw } from '#console/parts/raw.tsx';
import { Status } from '#console/parts/status.tsx';
import { awaited } from '#console/waits/words.ts';
import { isFinalTask } from '#domain/statuses';
import { Attempts, ErrorOf, ServerLink } from './attempts.tsx';
import { DependsOn, NeededBy } from './dependencies.tsx';

/** One task, whole: what it waits for, both ends of its dependencies, attempts with errors and causes, input, result. */
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
        <TaskWaits task={task} />
        <Facts task={task} />
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

function Facts({ task }: { task: Task }) {
  return (
    <KeyValuePairs
      columns={4}
      items={[
        { label: 'Handler', value: task.handler },
        { label: 'Batch group', value: task.batchGroup },
        { label: 'Server', value: task.serverId === undefined ? '–' : <ServerLink serverId={task.serverId} /> },
        { label: 'Retries', value: `${Math.min(task.failures, task.maxRetries)} of ${task.maxRetries} used` },
        { label: 'After a restart of its server', value: task.restartable ? 'it runs again' : 'it is an Error' },
        { label: 'Depends on', value: <DependsOn task={task} /> },
        { label: 'Others that depend on it', value: <NeededBy task={task} /> },
      ]}
    />
  );
}

function TaskWaits({ task: { jobId, taskId, status } }: { task: Task }) {
  const isOpen = !isFinalTask(status);
  const { data } = useWaiting(jobId, isOpen, taskId);
  const [wait] = isOpen ? (data?.items ?? []) : [];
  if (!wait) return null;
  return (
    <Box variant="p">
      It waits for {awaited(wait)}. {wait.doNext}
    </Box>
  );
}
