import Box from '@cloudscape-design/components/box';
import Table from '@cloudscape-design/components/table';
import { useJobEvents } from '#console/api/reads.ts';
import type { Job } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { eventName, factsOf } from '#console/parts/words.ts';

/** The job's story, newest first. */
export function TimelineTab({ job }: { job: Job }) {
  const { data, isPending } = useJobEvents(job.jobId);
  return (
    <Table
      variant="embedded"
      loading={isPending}
      loadingText="Reading the events"
      items={[...(data?.items ?? [])].reverse()}
      empty="Nothing has happened yet."
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
