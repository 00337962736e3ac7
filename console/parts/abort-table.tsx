import Box from '@cloudscape-design/components/box';
import Table from '@cloudscape-design/components/table';
import type { Abort } from '#console/api/types.ts';
import { Ago, Lasting } from './ago.tsx';
import { PageLink } from './page-link.tsx';
import { Status } from './status.tsx';

/** Aborts with who, why, how long, and what became of the bystanders. */
export function AbortTable({ aborts, isLoading }: { aborts: readonly Abort[]; isLoading: boolean }) {
  return (
    <Table
      variant="container"
      loading={isLoading}
      loadingText="Reading the aborts"
      items={aborts}
      trackBy="abortId"
      empty={
        <Box textAlign="center">No abort was ever needed here. An abort is a step of a job that was cancelled.</Box>
      }
      ariaLabels={{ tableLabel: 'Aborts' }}
      columnDefinitions={[
        {
          id: 'when',
          header: 'Abort',
          cell: ({ abortId, requestedAt }) => (
            <PageLink to={`/aborts/${abortId}`}>{new Date(requestedAt).toLocaleString()}</PageLink>
          ),
          isRowHeader: true,
        },
        { id: 'status', header: 'Status', cell: ({ status }) => <Status of={status} /> },
        { id: 'mode', header: 'Mode', cell: ({ mode }) => (mode === 'server' ? 'restart of servers' : 'tasks only') },
        { id: 'by', header: 'By', cell: ({ requestedBy, requestedByName }) => requestedByName ?? requestedBy },
        { id: 'why', header: 'Why', cell: ({ reason }) => reason },
        { id: 'ago', header: 'Requested', cell: ({ requestedAt }) => <Ago at={requestedAt} /> },
        { id: 'took', header: 'Took', cell: (abort) => <Lasting from={abort.requestedAt} to={abort.endedAt} /> },
        { id: 'harm', header: 'Bystanders', cell: harmOf },
      ]}
    />
  );
}

/** Planned harm beside what came of it. */
function harmOf({ bystanders }: Abort): string {
  if (bystanders.length === 0) return 'none';
  const harmed = bystanders.filter(({ outcome }) => ['Restarted', 'Interrupted', 'Cancelled'].includes(outcome));
  return `${bystanders.length} at risk, ${harmed.length} harmed`;
}
