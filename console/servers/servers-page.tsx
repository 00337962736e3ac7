import Box from '@cloudscape-design/components/box';
import Cards from '@cloudscape-design/components/cards';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import { useSearch } from 'wouter';
import { useServers } from '#console/api/reads.ts';
import type { Server } from '#console/api/types.ts';
import { Problem } from '#console/app/problem.tsx';
import { Ago, Countdown } from '#console/parts/ago.tsx';
import { PageLink } from '#console/parts/page-link.tsx';
import { Status } from '#console/parts/status.tsx';
import { useNarrow } from '#console/screen/narrow.ts';
import { Slots } from './slots.tsx';
import { whyNoWork } from './why-no-work.ts';

/** The servers with what each slot runs; those that have ended are hidden at first. */
export function ServersPage() {
  const { data, error, isPending } = useServers();
  const [showsEnded, setShowsEnded] = useState(false);
  const named = new URLSearchParams(useSearch()).get('server');
  const all = data?.items ?? [];
  const live = all.filter(isLive);
  const shown = showsEnded ? all : live;
  const third = useNarrow() ? 100 : 33;
  return (
    <SpaceBetween size="m">
      <Problem error={error} header="The servers cannot be read" />
      <Cards
        items={named === null ? shown : all.filter(({ serverId }) => serverId === named)}
        trackBy="serverId"
        loading={isPending}
        loadingText="Reading the servers"
        ariaLabels={{ itemSelectionLabel: () => '', selectionGroupLabel: '' }}
        header={
          <Header
            variant="h1"
            counter={data === undefined ? '' : `(${live.length} live)`}
            actions={
              named === null ? (
                <Toggle checked={showsEnded} onChange={({ detail }) => setShowsEnded(detail.checked)}>
                  Show ended servers
                </Toggle>
              ) : (
                <PageLink to="/servers">Show all servers</PageLink>
              )
            }
          >
            {named === null ? 'Servers' : `Server ${named.slice(0, 8)}`}
          </Header>
        }
        empty={error === null && <NoServer named={named} />}
        cardsPerRow={[{ cards: 1 }, { minWidth: 700, cards: 2 }]}
        cardDefinition={{
          header: (server) => (
            <>
              {server.serverId.slice(0, 8)} <Status of={server.status} />
            </>
          ),
          sections: [
            { id: 'slots', header: 'Slots', content: (server) => <Slots server={server} /> },
            { id: 'why', content: (server) => <WhyNoWork server={server} /> },
            { id: 'beat', header: 'Last heartbeat', content: (server) => <Heartbeat server={server} />, width: third },
            { id: 'groups', header: 'Batch groups', content: ({ batchGroups }) => groupsOf(batchGroups), width: third },
            { id: 'started', header: 'Started', content: ({ startedAt }) => <Ago at={startedAt} />, width: third },
            { id: 'handlers', header: 'Handlers', content: ({ handlers = [] }) => handlers.join(', ') || 'none' },
          ],
        }}
      />
    </SpaceBetween>
  );
}

function NoServer({ named }: { named: string | null }) {
  return (
    <Box textAlign="center">
      {named === null
        ? 'No server lives. When something is submitted, the fleet is woken; locally, servers start with the system.'
        : 'This server is not among the newest. What is known of one that has stopped is kept for a day.'}
    </Box>
  );
}

/** Its age, and how long the server may still be silent. */
function Heartbeat({ server: { heartbeatAt, leaseUntil } }: { server: Server }) {
  return (
    <>
      <Ago at={heartbeatAt} />
      {leaseUntil !== undefined && (
        <>
          ; without another, lost after <Countdown until={leaseUntil} />
        </>
      )}
    </>
  );
}

function WhyNoWork({ server }: { server: Server }) {
  const why = whyNoWork(server);
  if (why === undefined) return null;
  return (
    <Box color="text-status-warning">
      Takes no work: {why}
      {server.drain && (
        <>
          ; at the latest in <Countdown until={server.drain.deadline} />
          {server.drain.aborts.map((abortId) => (
            <span key={abortId}>
              {' '}
              <PageLink to={`/aborts/${abortId}`}>Watch the abort</PageLink>
            </span>
          ))}
        </>
      )}
    </Box>
  );
}

function isLive({ status }: Server): boolean {
  return status === 'Active' || status === 'Draining' || status === 'Stopping';
}

function groupsOf(batchGroups: readonly string[]): string {
  return batchGroups.includes('*') ? 'all' : batchGroups.join(', ');
}
