import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useSearch } from 'wouter';
import { useAudit } from '#console/api/reads.ts';
import { Problem } from '#console/app/problem.tsx';
import { useCursors } from '#console/filter/cursors.ts';
import { Pages } from '#console/filter/pages.tsx';
import { FilterField, namedIn, useUrlFilter } from '#console/filter/url-filter.tsx';
import { Ago } from '#console/parts/ago.tsx';
import { PageLink } from '#console/parts/page-link.tsx';
import { eventName, factsOf } from '#console/parts/words.ts';
import { AUDITED_TYPES } from '#domain/jobs/audit';

const PROPERTIES = {
  type: ['What', 'What'],
  by: ['Who', 'People'],
  since: ['Since', 'Times'],
  until: ['Until', 'Times'],
} as const;
const OPTIONS = AUDITED_TYPES.map((value) => ({ propertyKey: 'type', value, label: eventName(value) }));

/** What people did in the whole system, and how aborts ended; the newest first. */
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
          <Header variant="h1" description="What people did in the whole system, and how aborts ended.">
            Audit
          </Header>
        }
        loading={isPending}
        loadingText="Reading the audit"
        items={data?.items ?? []}
        empty={<Box textAlign="center">Nothing fits the filter.</Box>}
        ariaLabels={{ tableLabel: 'Audit' }}
        filter={
          <FilterField filter={filter} properties={PROPERTIES} options={OPTIONS} label="Find events by property" />
        }
        columnDefinitions={[
          { id: 'at', header: 'When', cell: ({ at }) => <Ago at={at} /> },
          { id: 'type', header: 'What', cell: ({ type }) => eventName(type), isRowHeader: true },
          { id: 'by', header: 'Who', cell: ({ by, byName }) => byName ?? by ?? 'the system' },
          { id: 'job', header: 'Job', cell: ({ jobId }) => <PageLink to={`/jobs/${jobId}`}>{jobId}</PageLink> },
          { id: 'facts', header: 'More', cell: (event) => <div className="waits">{factsOf(event)}</div> },
        ]}
        footer={<Pages cursors={cursors} next={data?.cursor} set={setCursors} />}
      />
    </SpaceBetween>
  );
}
