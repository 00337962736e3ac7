import Badge from '@cloudscape-design/components/badge';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { useTaskOnce } from '#console/api/names.ts';
import type { Job, Plan } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { timeOfDay } from '#console/parts/durations.ts';
import { NamedTask } from '#console/parts/named.tsx';
import { usePages } from '#console/parts/pages.tsx';
import type { Added } from './harm.ts';

/** The tasks of the job itself that the abort stops. */
export function OwnTasks({ job, plan, added }: { job: Job; plan: Plan; added: Added }) {
  const { shown, pagination } = usePages(plan.tasks);
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
      wrapLines
      items={shown}
      pagination={pagination}
      trackBy="taskId"
      ariaLabels={{ tableLabel: 'Tasks of this job that are stopped' }}
      columnDefinitions={[
        {
          id: 'task',
          header: 'Task',
          isRowHeader: true,
          cell: ({ taskId }) => (
            <>
              <NamedTask jobId={job.jobId} taskId={taskId} />{' '}
              {added.concerns('task', taskId) && <Badge color="red">new</Badge>}
            </>
          ),
        },
        { id: 'since', header: 'Running since', cell: ({ startedAt }) => <Ago at={startedAt} /> },
        { id: 'server', header: 'Server', cell: ({ serverId }) => serverId.slice(0, 8) },
        { id: 'hears', header: 'Does it listen?', cell: ({ taskId }) => <Hears job={job} taskId={taskId} /> },
      ]}
    />
  );
}

/** Whether the task is known to be deaf, or since when it could have listened. */
function Hears({ job, taskId }: { job: Job; taskId: string }) {
  const task = useTaskOnce(job.jobId, taskId);
  if (task?.waitingFor === 'UnmanagedWait') return <>no: it is blocked in native code</>;
  const toldAt = job.cancel && ` at ${timeOfDay(Date.parse(job.cancel.requestedAt))}`;
  return <>not known: it was told to end{toldAt}, and still runs</>;
}
