import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import type { Plan } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { PageLink } from '#console/parts/page-link.tsx';
import { byHarm, fateOf, keyOfJob } from './harm.ts';

const FIRST_SHOWN = 20;

/** The other jobs that the restart would disrupt, those harmed most first. */
export function DisruptedJobs({ plan, added }: { plan: Plan; added: ReadonlySet<string> }) {
  const [showsAll, setShowsAll] = useState(false);
  const jobs = byHarm(plan.disruptedJobs);
  const rows = jobs.flatMap((job) => job.tasks.map((task) => ({ ...task, job })));
  const shown = showsAll ? rows : rows.slice(0, FIRST_SHOWN);
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${jobs.length})`} description="They run on servers that this abort restarts.">
          Disrupted jobs
        </Header>
      }
      items={shown}
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
              {added.has(keyOfJob(job)) && <Badge color="red">new</Badge>}
            </>
          ),
        },
        { id: 'owner', header: 'Owner', cell: ({ job }) => job.createdByName ?? job.createdBy },
        { id: 'task', header: 'Task', cell: ({ taskId }) => taskId },
        { id: 'since', header: 'Running since', cell: ({ startedAt }) => <Ago at={startedAt} /> },
        { id: 'end', header: 'Likely end', cell: ({ likelyEndAt }) => <Ago at={likelyEndAt} /> },
        {
          id: 'within',
          header: 'Ends within the drain',
          cell: ({ endsWithinDrain }) =>
            endsWithinDrain === undefined ? 'not known' : endsWithinDrain ? 'likely' : 'no',
        },
        { id: 'fate', header: 'What becomes of it', cell: (task) => fateOf(task) },
      ]}
      footer={
        rows.length > shown.length && <Button onClick={() => setShowsAll(true)}>Show all {rows.length} tasks</Button>
      }
    />
  );
}
