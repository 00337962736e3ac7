import Badge from '@cloudscape-design/components/badge';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Job, Plan } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { TaskLink } from '#console/parts/task-link.tsx';

/** The tasks of the job itself that the abort stops. */
export function OwnTasks({ job, plan, added }: { job: Job; plan: Plan; added: ReadonlySet<string> }) {
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={`(${plan.tasks.length})`}
          description="They were told of the cancel and still run."
        >
          Tasks of this job that are stopped
        </Header>
      }
      items={plan.tasks}
      trackBy="taskId"
      ariaLabels={{ tableLabel: 'Tasks of this job that are stopped' }}
      columnDefinitions={[
        {
          id: 'task',
          header: 'Task',
          isRowHeader: true,
          cell: ({ taskId }) => (
            <>
              <TaskLink jobId={job.jobId} taskId={taskId} />{' '}
              {added.has(`task ${taskId}`) && <Badge color="red">new</Badge>}
            </>
          ),
        },
        { id: 'since', header: 'Running since', cell: ({ startedAt }) => <Ago at={startedAt} /> },
        { id: 'server', header: 'Server', cell: ({ serverId }) => serverId.slice(0, 8) },
      ]}
    />
  );
}
