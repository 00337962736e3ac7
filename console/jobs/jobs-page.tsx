import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { Job } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { BulkActs } from '#console/bulk-acts/bulk-acts.tsx';
import { useCursors } from '#console/filter/cursors.ts';
import { Pages } from '#console/filter/pages.tsx';
import { useUrlFilter } from '#console/filter/url-filter.tsx';
import { useHeldRows } from '#console/parts/held-rows.ts';
import { useNarrow } from '#console/screen/narrow.ts';
import { JOB_COLUMNS, NARROW_COLUMNS } from './columns.tsx';
import { EmptyJobs } from './empty-jobs.tsx';
import { JobFilter } from './filter.tsx';
import { useFittingJobs } from './fitting-jobs.ts';
import { Presets } from './presets.tsx';

const idOf = ({ jobId }: Job) => jobId;

/** The list of jobs: presets, a filter that lives in the URL, and acts on what is selected or found. */
export function JobsPage() {
  const [, navigate] = useLocation();
  const filter = useUrlFilter('/jobs');
  const [cursors, setCursors] = useCursors(useSearch());
  const { jobs, next, error, isPending, search, conditions } = useFittingJobs(filter, cursors.at(-1));
  const [selected, setSelected] = useState<readonly string[]>([]);
  const { rows, waiting, show, hold } = useHeldRows(jobs, { idOf, isHeld: selected.length > 0 });
  const selectedJobs = rows.filter((job) => selected.includes(job.jobId));
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <BulkActs selected={selectedJobs} search={search} shown={rows.length} onDone={() => setSelected([])} />
            <Button variant="primary" onClick={() => navigate('/submit')}>
              Submit a job
            </Button>
          </SpaceBetween>
        }
      >
        Jobs
      </Header>
      <Presets filter={filter} />
      <Problem error={error} header="The jobs cannot be read" />
      {waiting > 0 && (
        <Button onClick={show} fullWidth>
          {waiting === 1 ? '1 new job' : `${waiting} new jobs`} – show
        </Button>
      )}
      <div {...hold}>
        <Table
          variant="container"
          trackBy="jobId"
          loading={isPending}
          loadingText="Reading the jobs"
          items={rows}
          columnDefinitions={useNarrow() ? NARROW_COLUMNS : JOB_COLUMNS}
          selectionType="multi"
          selectedItems={selectedJobs}
          onSelectionChange={({ detail }) => setSelected(detail.selectedItems.map(idOf))}
          ariaLabels={{
            tableLabel: 'Jobs',
            selectionGroupLabel: 'Jobs to act on',
            allItemsSelectionLabel: () => 'Select all jobs on this page',
            itemSelectionLabel: (_, job) => `Select ${job.name}`,
          }}
          filter={<JobFilter filter={filter} />}
          empty={
            error === null && (
              <EmptyJobs
                conditions={conditions}
                isFiltered={filter.query.tokens.length > 0}
                hasMore={next !== undefined}
              />
            )
          }
          stickyHeader
          footer={<Pages cursors={cursors} next={next} set={setCursors} />}
        />
      </div>
    </SpaceBetween>
  );
}
