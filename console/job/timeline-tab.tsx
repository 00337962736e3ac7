import Box from '@cloudscape-design/components/box';
import Table from '@cloudscape-design/components/table';
import { MAX_EVENTS, useJobEvents } from '#console/api/reads.ts';
import type { Job } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { Ago } from '#console/parts/ago.tsx';
import { usePages } from '#console/parts/pages.tsx';
import { eventName, factsOf } from '#console/parts/words.ts';

/** The job's story, newest first. */
export function TimelineTab({ job }: { job: Job }) {
  const { data = [], error, isPending } = useJobEvents(job.jobId);
  const { shown, pagination } = usePages(data.toReversed());
  return (
    <Table
      variant="embedded"
      loading={isPending}
      loadingText="Reading the events"
      header={<Problem error={error} header="The events cannot be read" />}
      items={shown}
      pagination={pagination}
      wrapLines
      empty={error === null && 'Nothing has happened yet.'}
      footer={data.length === MAX_EVENTS && `These are the first ${MAX_EVENTS} events of the job; it may have more.`}
      ariaLabels={{ tableLabel: 'Events of the job' }}
      columnDefinitions={[
        { id: 'at', header: 'When', cell: ({ at }) => <Ago at={at} /> },
        { id: 'type', header: 'What', cell: ({ type }) => eventName(type), isRowHeader: true },
        { id: 'by', header: 'Who', cell: ({ by, byName }) => byName ?? by ?? 'the system' },
        { id: 'facts', header: 'More', cell: (event) => <Box variant="small">{factsOf(event)}</Box> },
      ]}
    />
  );
}
