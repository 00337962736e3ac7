import Box from '@cloudscape-design/components/box';
import Table from '@cloudscape-design/components/table';
import type { useAborts } from '#console/api/reads.ts';
import { Problem } from '#console/app/problem.tsx';
import { Ago, Lasting } from '#console/parts/ago.tsx';
import { absoluteTime } from '#console/parts/durations.ts';
import { NamedJob } from '#console/parts/named.tsx';
import { PageLink } from '#console/parts/page-link.tsx';
import { usePages } from '#console/parts/pages.tsx';
import { Status } from '#console/parts/status.tsx';
import { doneBy, plannedBy } from './harm-done.ts';

/** Aborts with who, why, how long, and the harm that was planned beside what was done. */
export function AbortTable({ read: { data, error, isPending } }: { read: ReturnType<typeof useAborts> }) {
  const { shown, pagination } = usePages(data?.items ?? []);
  return (
    <Table
      variant="container"
      header={error && <Problem error={error} header="The aborts cannot be read" />}
      wrapLines
      loading={isPending}
      loadingText="Reading the aborts"
      items={shown}
      pagination={pagination}
      trackBy="abortId"
      empty={
        error === null && (
          <Box textAlign="center">No abort was ever needed here. An abort is a step of a job that was cancelled.</Box>
        )
      }
      ariaLabels={{ tableLabel: 'Aborts' }}
      columnDefinitions={[
        {
          id: 'when',
          header: 'Requested',
          cell: ({ abortId, requestedAt }) => (
            <>
              <PageLink to={`/aborts/${abortId}`}>{absoluteTime(requestedAt)}</PageLink>
              <br />
              <Ago at={requestedAt} />
            </>
          ),
          isRowHeader: true,
        },
        { id: 'job', header: 'Job', cell: ({ jobId }) => <NamedJob jobId={jobId} /> },
        { id: 'status', header: 'Status', minWidth: 140, cell: ({ status }) => <Status of={status} /> },
        { id: 'mode', header: 'Mode', cell: ({ mode }) => (mode === 'server' ? 'restart of servers' : 'tasks only') },
        { id: 'by', header: 'By', cell: ({ requestedBy, requestedByName }) => requestedByName ?? requestedBy },
        { id: 'why', header: 'Why', cell: ({ reason }) => reason },
        { id: 'took', header: 'Took', cell: (abort) => <Lasting from={abort.requestedAt} to={abort.endedAt} /> },
        { id: 'planned', header: 'Harm planned', cell: plannedBy },
        { id: 'done', header: 'Harm done', cell: doneBy },
      ]}
    />
  );
}
