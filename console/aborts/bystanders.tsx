import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Abort } from '#console/api/types.ts';
import { NamedJob, NamedTask } from '#console/parts/named.tsx';
import { usePages } from '#console/parts/pages.tsx';
import { counted } from '#console/parts/words.ts';
import { bystanderBecame, PROMISED } from './outcomes.ts';

/** What each bystander was promised beside what became of it. */
export function Bystanders({ abort }: { abort: Abort }) {
  const { shown, pagination } = usePages(abort.bystanders);
  const jobs = new Set(abort.bystanders.map(({ jobId }) => jobId)).size;
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={`(${abort.bystanders.length})`}
          description={jobs > 0 && `Tasks of ${counted(jobs, 'job')} that ran on these servers when the drain began.`}
        >
          Bystanders
        </Header>
      }
      items={shown}
      pagination={pagination}
      wrapLines
      trackBy={({ jobId, taskId }) => `${jobId} ${taskId}`}
      ariaLabels={{ tableLabel: 'Bystanders' }}
      empty={<Box textAlign="center">Nothing else ran on these servers.</Box>}
      columnDefinitions={[
        {
          id: 'task',
          header: 'Task',
          isRowHeader: true,
          cell: ({ jobId, taskId }) => <NamedTask jobId={jobId} taskId={taskId} />,
        },
        { id: 'job', header: 'Job', cell: ({ jobId }) => <NamedJob jobId={jobId} /> },
        { id: 'promised', header: 'Promised', cell: ({ fate }) => PROMISED[fate] },
        { id: 'became', header: 'Became', cell: ({ outcome }) => bystanderBecame(outcome) },
        { id: 'server', header: 'Server', cell: ({ serverId }) => serverId.slice(0, 8) },
      ]}
    />
  );
}
