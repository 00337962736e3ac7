import Badge from '@cloudscape-design/components/badge';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Plan } from '#console/api/types.ts';
import { usePages } from '#console/parts/pages.tsx';
import type { Added } from './harm.ts';

/** The servers that the abort restarts. */
export function PlannedServers({ plan, added }: { plan: Plan; added: Added }) {
  const { shown, pagination } = usePages(plan.servers);
  return (
    <Table
      header={
        <Header variant="h2" counter={`(${plan.servers.length})`}>
          Servers that are restarted
        </Header>
      }
      wrapLines
      items={shown}
      pagination={pagination}
      trackBy="serverId"
      ariaLabels={{ tableLabel: 'Servers that are restarted' }}
      columnDefinitions={[
        {
          id: 'server',
          header: 'Server',
          isRowHeader: true,
          cell: ({ serverId }) => (
            <>
              {serverId.slice(0, 8)} {added.concerns('server', serverId) && <Badge color="red">new</Badge>}
            </>
          ),
        },
        { id: 'executing', header: 'Tasks that may end', cell: ({ executing }) => executing },
        { id: 'cancelling', header: 'Cancelled tasks, which do not delay it', cell: ({ cancelling }) => cancelling },
      ]}
    />
  );
}
