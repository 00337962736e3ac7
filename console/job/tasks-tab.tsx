import Box from '@cloudscape-design/components/box';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useLocation, useSearch } from 'wouter';
import { useTasks } from '#console/api/reads.ts';
import type { Job, Task } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { useCursors } from '#console/filter/cursors.ts';
import { Pages } from '#console/filter/pages.tsx';
import { Ago, Lasting } from '#console/parts/ago.tsx';
import { useHeldRows } from '#console/parts/held-rows.ts';
import { Status } from '#console/parts/status.tsx';
import { TaskLink } from '#console/parts/task-link.tsx';
import { useNarrow } from '#console/screen/narrow.ts';
import { ServerLink } from '#console/task/attempts.tsx';
import { TaskPanel } from '#console/task/task-panel.tsx';
import { waitWords } from '#domain/jobs/wait-words';
import { statusName, TASK_STATUSES } from '#domain/statuses';

const ALL = { value: '', label: 'All tasks' };
const PAGE = 50;
const idOf = ({ taskId }: Task) => taskId;

/** The tasks of a job by status; the one that the URL names is shown whole. */
export function TasksTab({ job }: { job: Job }) {
  const [, navigate] = useLocation();
  const named = new URLSearchParams(useSearch());
  const status = named.get('status') ?? '';
  const [cursors, setCursors] = useCursors(status);
  const cursor = cursors.at(-1);
  const { data, error, isPending } = useTasks(job.jobId, {
    limit: PAGE,
    ...(status && { status }),
    ...(cursor !== undefined && { cursor }),
  });
  const { rows, hold } = useHeldRows(data?.items ?? [], { idOf, isHeld: false });
  const choose = (next: string) => {
    navigate(`/jobs/${job.jobId}/tasks${next === '' ? '' : `?status=${next}`}`, { replace: true });
  };
  const taskId = named.get('task');
  return (
    <SpaceBetween size="m">
      <Problem error={error} header="The tasks cannot be read" />
      {taskId !== null && <TaskPanel job={job} taskId={taskId} />}
      <div {...hold}>
        <Table
          variant="embedded"
          wrapLines={useNarrow()}
          trackBy="taskId"
          loading={isPending}
          loadingText="Reading the tasks"
          items={rows}
          empty={error === null && <Box textAlign="center">No task has this status.</Box>}
          ariaLabels={{ tableLabel: 'Tasks' }}
          filter={<StatusFilter job={job} status={status} onChoose={choose} />}
          columnDefinitions={columnsOf(job)}
          footer={<Pages cursors={cursors} next={data?.cursor} set={setCursors} />}
        />
      </div>
    </SpaceBetween>
  );
}

type StatusFilterProps = { job: Job; status: string; onChoose(status: string): void };

function StatusFilter({ job, status, onChoose }: StatusFilterProps) {
  const options = [
    ALL,
    ...TASK_STATUSES.map((each) => ({ value: each, label: `${statusName(each)} (${job.taskCounts[each]})` })),
  ];
  return (
    <Select
      selectedOption={options.find(({ value }) => value === status) ?? ALL}
      options={options}
      onChange={({ detail }) => onChoose(detail.selectedOption.value ?? '')}
      ariaLabel="Show tasks by status"
    />
  );
}

function columnsOf({ jobId }: Job) {
  return [
    {
      id: 'task',
      header: 'Task',
      minWidth: 130,
      isRowHeader: true,
      cell: ({ taskId, name }: Task) => (
        <TaskLink jobId={jobId} taskId={taskId}>
          {name ?? taskId}
        </TaskLink>
      ),
    },
    { id: 'status', header: 'Status', minWidth: 135, cell: ({ status }: Task) => <Status of={status} /> },
    { id: 'handler', header: 'Handler', cell: ({ handler }: Task) => handler },
    {
      id: 'server',
      header: 'Server',
      cell: (task: Task) => {
        const serverId = lastOf(task)?.serverId;
        return serverId === undefined ? '–' : <ServerLink serverId={serverId} />;
      },
    },
    { id: 'attempt', header: 'Attempt', cell: ({ attempt }: Task) => attempt },
    { id: 'started', header: 'Started', cell: (task: Task) => <Ago at={lastOf(task)?.startedAt} /> },
    {
      id: 'took',
      header: 'Took',
      cell: (task: Task) => <Lasting from={lastOf(task)?.startedAt} to={lastOf(task)?.endedAt} />,
    },
    {
      id: 'cause',
      header: 'What happened',
      cell: ({ attempts, waitingFor }: Task) =>
        (waitingFor && waitWords(waitingFor)) ?? attempts.at(-1)?.error?.message ?? '',
    },
  ];
}

/** The attempt that runs, or the last one that has ended. */
function lastOf({ attempts }: Task): Task['attempts'][number] | undefined {
  return attempts.at(-1);
}
