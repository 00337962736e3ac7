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
import { PageLink } from '#console/parts/page-link.tsx';
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
  { id: 'subject', header: 'Subject', cell: subjectOf },
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
        {subjectOf(event)}
        <span>
          {whoDid(event)}, <Ago at={event.at} />
        </span>
        <small>{factsOf(event)}</small>
      </div>
    ),
  },
];

/** What people did to jobs, aborts, features and batch groups, and how aborts ended; the newest first. */
export function AuditPage() {
  const filter = useUrlFilter('/audit', false);
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
            description="What people did to jobs, aborts, features and batch groups, and how aborts ended."
          >
            Audit
          </Header>
        }
        wrapLines
        loading={isPending}
        loadingText="Reading the audit"
        items={data?.items ?? []}
        empty={error === null && <Box textAlign="center">Nothing fits the filter.</Box>}
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

/** A link to the job; or to the page of features or batch groups, by the name of the one that was changed. */
function subjectOf({ jobId, feature, batchGroup }: AuditEvent) {
  if (jobId !== undefined) return <NamedJob jobId={jobId} />;
  return batchGroup === undefined ? (
    <PageLink to="/features">{String(feature)}</PageLink>
  ) : (
    <PageLink to="/groups">{String(batchGroup)}</PageLink>
  );
}

function whoDid({ by, byName }: AuditEvent): string {
  return byName ?? by ?? 'the system';
}
