import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useGroups, useServers } from '#console/api/reads.ts';
import type { Group, Server } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { Ago } from '#console/parts/ago.tsx';
import { counted } from '#console/parts/words.ts';
import { DefaultPriority } from './default-priority.tsx';
import { OpenJobs } from './open-jobs.tsx';

const MEANING =
  'A group names the servers that may run a job or a task. A server serves all groups, or those that it was started with. Jobs of a group that name no priority get its default.';

/** The batch groups: which servers serve them, what is open in them, and the priority of their new jobs. */
export function GroupsPage() {
  const { data, error, isPending } = useGroups();
  const servers = useServers().data?.items ?? [];
  return (
    <SpaceBetween size="m">
      <Problem error={error} header="The batch groups cannot be read" />
      <Table
        header={
          <Header variant="h1" description={MEANING}>
            Batch groups
          </Header>
        }
        items={data?.items ?? []}
        trackBy="batchGroup"
        loading={isPending}
        loadingText="Reading the batch groups"
        empty={error === null && 'No job has named a batch group yet. The first job of a group makes it.'}
        ariaLabels={{ tableLabel: 'Batch groups' }}
        columnDefinitions={[
          { id: 'group', header: 'Batch group', cell: ({ batchGroup }) => batchGroup, isRowHeader: true },
          { id: 'served', header: 'Served by', cell: (group) => servedBy(group, servers) },
          { id: 'open', header: 'Open jobs', cell: ({ batchGroup }) => <OpenJobs batchGroup={batchGroup} /> },
          { id: 'priority', header: 'Default priority', cell: (group) => <DefaultPriority group={group} /> },
          {
            id: 'changed',
            header: 'Changed',
            cell: ({ changedAt, changedBy, changedByName }) =>
              changedAt === undefined ? (
                'never'
              ) : (
                <>
                  <Ago at={changedAt} /> by {changedByName ?? changedBy}
                </>
              ),
          },
        ]}
      />
    </SpaceBetween>
  );
}

function servedBy({ batchGroup }: Group, servers: readonly Server[]): string {
  const serving = servers.filter(
    ({ status, batchGroups }) => status === 'Active' && (batchGroups.includes('*') || batchGroups.includes(batchGroup)),
  );
  return serving.length === 0 ? 'no live server: its tasks stay Ready' : counted(serving.length, 'server');
}
