import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Plan } from '#console/api/types.ts';

/** The servers that the abort restarts. */
export function PlannedServers({ plan }: { plan: Plan }) {
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${plan.servers.length})`}>
          Servers that are restarted
        </Header>
      }
      items={plan.servers}
      trackBy="serverId"
      ariaLabels={{ tableLabel: 'Servers that are restarted' }}
      columnDefinitions={[
        { id: 'server', header: 'Server', cell: ({ serverId }) => serverId.slice(0, 8), isRowHeader: true },
        { id: 'executing', header: 'Tasks that may end', cell: ({ executing }) => executing },
        { id: 'cancelling', header: 'Cancelled tasks, which do not delay it', cell: ({ cancelling }) => cancelling },
      ]}
    />
  );
}
