import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useSearch } from 'wouter';
import { useAudit } from '#console/api/reads.ts';
import type { AuditEvent } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { useCursors } from '#console/filter/cursors.ts';
import { Pages } from '#console/filter/pages.tsx';
import { FilterField, namedIn, useUrlFilter } from '#console/filter/url-filter.tsx';
import { Ago } from '#console/parts/ago.tsx';
import { NamedJob } from '#console/parts/named.tsx';
import { eventName, factsOf } from '#console/parts/words.ts';
import { useNarrow } from '#console/screen/narrow.ts';
import { AUDITED_TYPES } from '#domain/jobs/audit';

const PROPERTIES = {
  type: ['What', 'What'],
  by: ['Who', 'People'],
  since: ['Since', 'Times'],
  until: ['Until', 'Times'],
} as const;
const OPTIONS = AUDITED_TYPES.map((value) => ({ propertyKey: 'type', value, label: eventName(value) }));

const COLUMNS: readonly TableProps.ColumnDefinition<AuditEvent>[] = [
  { id: 'at', header: 'When', cell: ({ at }) => <Ago at={at} /> },
  { id: 'type', header: 'What', cell: ({ type }) => eventName(type), isRowHeader: true },
  { id: 'by', header: 'Who', cell: whoDid },
  { id: 'job', header: 'Job', cell: ({ jobId }) => <NamedJob jobId={jobId} /> },
  { id: 'facts', header: 'More', cell: (event) => <div className="waits">{factsOf(event)}</div> },
];
/** The same on a telephone: one below the other. */
const NARROW_COLUMNS: readonly TableProps.ColumnDefinition<AuditEvent>[] = [
  {
    id: 'event',
    header: 'Event',
    isRowHeader: true,
    cell: (event) => (
      <div className="stacked">
        <span>{eventName(event.type)}</span>
        <NamedJob jobId={event.jobId} />
        <span>
          {whoDid(event)}, <Ago at={event.at} />
        </span>
        <small>{factsOf(event)}</small>
      </div>
    ),
  },
];

/** What people did to jobs and aborts, and how aborts ended; the newest first. */
export function AuditPage() {
  const filter = useUrlFilter('/audit');
  const [cursors, setCursors] = useCursors(useSearch());
  const cursor = cursors.at(-1);
  const { data, error, isPending } = useAudit({ ...namedIn(filter.query), ...(cursor !== undefined && { cursor }) });
  return (
    <SpaceBetween size="m">
      <Problem error={error} header="The audit cannot be read" />
      <Table
        header={
          <Header
            variant="h1"
            description="What people did to jobs and aborts, and how aborts ended. Features and batch groups show their last change on their own pages."
          >
            Audit
          </Header>
        }
        wrapLines
        loading={isPending}
        loadingText="Reading the audit"
        items={data?.items ?? []}
        empty={<Box textAlign="center">Nothing fits the filter.</Box>}
        ariaLabels={{ tableLabel: 'Audit' }}
        filter={
          <FilterField filter={filter} properties={PROPERTIES} options={OPTIONS} label="Find events by property" />
        }
        columnDefinitions={useNarrow() ? NARROW_COLUMNS : COLUMNS}
        footer={<Pages cursors={cursors} next={data?.cursor} set={setCursors} />}
      />
    </SpaceBetween>
  );
}

function whoDid({ by, byName }: AuditEvent): string {
  return byName ?? by ?? 'the system';
}
