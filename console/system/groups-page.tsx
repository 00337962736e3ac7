import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useGroups, useServers } from '#console/api/reads.ts';
import type { Group, Server } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { Ago } from '#console/parts/ago.tsx';

/** The batch groups, and which servers serve them. */
export function GroupsPage() {
  const { data, error, isPending } = useGroups();
  const servers = useServers().data?.items ?? [];
  return (
    <SpaceBetween size="m">
      <Problem error={error} header="The batch groups cannot be read" />
      <Table
        header={<Header variant="h1">Batch groups</Header>}
        items={data?.items ?? []}
        trackBy="batchGroup"
        loading={isPending}
        loadingText="Reading the batch groups"
        empty="No job has named a batch group yet."
        ariaLabels={{ tableLabel: 'Batch groups' }}
        columnDefinitions={[
          { id: 'group', header: 'Batch group', cell: ({ batchGroup }) => batchGroup, isRowHeader: true },
          { id: 'priority', header: 'Default priority', cell: ({ defaultPriority }) => defaultPriority ?? 'Normal' },
          { id: 'served', header: 'Served by', cell: (group) => servedBy(group, servers) },
          { id: 'changed', header: 'Changed', cell: ({ changedAt }) => <Ago at={changedAt} /> },
          { id: 'by', header: 'By', cell: ({ changedBy, changedByName }) => changedByName ?? changedBy ?? '' },
        ]}
      />
    </SpaceBetween>
  );
}

function servedBy({ batchGroup }: Group, servers: readonly Server[]): string {
  const serving = servers.filter(
    ({ status, batchGroups }) => status === 'Active' && (batchGroups.includes('*') || batchGroups.includes(batchGroup)),
  );
  return serving.length === 0 ? 'no live server: its tasks stay Ready' : `${serving.length} servers`;
}
