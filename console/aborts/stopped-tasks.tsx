import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Abort } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { NamedTask } from '#console/parts/named.tsx';
import { usePages } from '#console/parts/pages.tsx';
import { waitWords } from '#domain/jobs/wait-words';
import { taskBecame } from './outcomes.ts';

/** The tasks of the job that the abort stops, and what each still waits for. */
export function StoppedTasks({ abort }: { abort: Abort }) {
  const { shown, pagination } = usePages(abort.tasks);
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${abort.tasks.length})`}>
          Tasks that it stops
        </Header>
      }
      items={shown}
      pagination={pagination}
      wrapLines
      trackBy="taskId"
      ariaLabels={{ tableLabel: 'Tasks that it stops' }}
      columnDefinitions={[
        {
          id: 'task',
          header: 'Task',
          isRowHeader: true,
          cell: ({ jobId, taskId }) => <NamedTask jobId={jobId} taskId={taskId} />,
        },
        { id: 'server', header: 'Server', cell: ({ serverId }) => serverId.slice(0, 8) },
        { id: 'outcome', header: 'Outcome', cell: ({ outcome }) => taskBecame(outcome) },
        { id: 'ended', header: 'Ended', cell: ({ endedAt }) => <Ago at={endedAt} /> },
        { id: 'waits', header: 'Waits for', cell: (task) => waitText(abort, task) },
      ]}
    />
  );
}

/** What a task that still runs waits for, and what to do about it. */
function waitText({ mode }: Abort, { outcome, waitingFor, doNext = '' }: Abort['tasks'][number]): string {
  if (outcome !== 'Stopping') return '';
  if (waitingFor !== undefined) return `${waitWords(waitingFor)}. ${doNext}`;
  return mode === 'server' ? 'the restart of its server' : 'the stop of its handler';
}
