import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Plan } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { NamedTask } from '#console/parts/named.tsx';
import { PageLink } from '#console/parts/page-link.tsx';
import { usePages } from '#console/parts/pages.tsx';
import { counted } from '#console/parts/words.ts';
import { type Added, byHarm, fateOf } from './harm.ts';

type Props = { plan: Plan; added: Added };

/** The other jobs that the restart would disrupt, those harmed most first. */
export function DisruptedJobs({ plan, added }: Props) {
  const rows = byHarm(plan.disruptedJobs, added);
  const { shown, pagination } = usePages(rows);
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={`(${plan.disruptedJobs.length})`}
          description={
            rows.length > 0 &&
            `${counted(rows.length, 'task')} of other jobs ${rows.length === 1 ? 'runs' : 'run'} on servers that this abort restarts.`
          }
        >
          Disrupted jobs
        </Header>
      }
      wrapLines
      items={shown}
      pagination={pagination}
      trackBy={({ job, taskId }) => `${job.jobId} ${taskId}`}
      ariaLabels={{ tableLabel: 'Disrupted jobs' }}
      empty={<Box textAlign="center">No other job is disrupted.</Box>}
      columnDefinitions={[
        {
          id: 'job',
          header: 'Job',
          isRowHeader: true,
          cell: ({ job }) => (
            <>
              <PageLink to={`/jobs/${job.jobId}`}>{job.name}</PageLink>{' '}
              {added.concerns('job', job.jobId) && <Badge color="red">new</Badge>}
            </>
          ),
        },
        { id: 'fate', header: 'What becomes of it', cell: (task) => fateOf(task) },
        { id: 'owner', header: 'Owner', cell: ({ job }) => job.createdByName ?? job.createdBy },
        { id: 'task', header: 'Task', cell: ({ job, taskId }) => <NamedTask jobId={job.jobId} taskId={taskId} /> },
        { id: 'since', header: 'Running since', cell: ({ startedAt }) => <Ago at={startedAt} /> },
        { id: 'end', header: 'Likely end', cell: ({ likelyEndAt }) => <Ago at={likelyEndAt} /> },
        {
          id: 'within',
          header: 'Ends within the drain',
          cell: ({ endsWithinDrain }) =>
            endsWithinDrain === undefined ? 'not known' : endsWithinDrain ? 'likely' : 'no',
        },
      ]}
    />
  );
}
