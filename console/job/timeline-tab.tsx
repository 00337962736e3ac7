import Box from '@cloudscape-design/components/box';
import Table from '@cloudscape-design/components/table';
import { useJobEvents } from '#console/api/reads.ts';
import type { Job, JobEvent } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { inWords } from '#console/parts/words.ts';

const SHOWN_APART = new Set(['at', 'type', 'by', 'byName', 'jobId']);

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
        { id: 'type', header: 'What', cell: ({ type }) => capital(inWords(type)), isRowHeader: true },
        { id: 'by', header: 'Who', cell: ({ by, byName }) => byName ?? by ?? 'the system' },
        { id: 'facts', header: 'More', cell: (event) => <Box variant="small">{factsOf(event)}</Box> },
      ]}
    />
  );
}

/** Like the begin of a sentence. */
function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function factsOf(event: JobEvent): string {
  return Object.entries(event)
    .filter(([name]) => !SHOWN_APART.has(name))
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}
