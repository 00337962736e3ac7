import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Abort } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { TaskLink } from '#console/parts/task-link.tsx';
import { waitWords } from '#domain/jobs/waits';

/** The tasks of the job that the abort stops, and what each still waits for. */
export function StoppedTasks({ abort }: { abort: Abort }) {
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${abort.tasks.length})`}>
          Tasks that it stops
        </Header>
      }
      items={abort.tasks}
      trackBy="taskId"
      ariaLabels={{ tableLabel: 'Tasks that it stops' }}
      columnDefinitions={[
        {
          id: 'task',
          header: 'Task',
          isRowHeader: true,
          cell: ({ jobId, taskId }) => <TaskLink jobId={jobId} taskId={taskId} />,
        },
        { id: 'server', header: 'Server', cell: ({ serverId }) => serverId.slice(0, 8) },
        {
          id: 'outcome',
          header: 'Outcome',
          cell: ({ outcome }) => (outcome === 'Stopping' ? 'being stopped' : outcome),
        },
        { id: 'ended', header: 'Ended', cell: ({ endedAt }) => <Ago at={endedAt} /> },
        { id: 'waits', header: 'Waits for', cell: waitText },
      ]}
    />
  );
}

function waitText({ waitingFor, doNext = '' }: Abort['tasks'][number]): string {
  return waitingFor === undefined ? '' : `${waitWords(waitingFor)}. ${doNext}`;
}
