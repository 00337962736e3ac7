import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Table from '@cloudscape-design/components/table';
import type { Task } from '#console/api/types.ts';
import { Ago, Lasting } from '#console/parts/ago.tsx';
import { PageLink } from '#console/parts/page-link.tsx';
import { Raw } from '#console/parts/raw.tsx';
import { Status } from '#console/parts/status.tsx';
import { inWords } from '#console/parts/words.ts';

type Attempt = Task['attempts'][number];
type TaskError = NonNullable<Attempt['error']>;

/** The attempts of a task, the newest first. */
export function Attempts({ attempts }: { attempts: readonly Attempt[] }) {
  if (attempts.length === 0) return <Box>It has not started yet.</Box>;
  return (
    <Table
      variant="embedded"
      items={[...attempts].reverse()}
      ariaLabels={{ tableLabel: 'Attempts' }}
      columnDefinitions={[
        { id: 'number', header: 'Attempt', cell: ({ attempt }) => attempt, isRowHeader: true },
        { id: 'outcome', header: 'Outcome', cell: ({ outcome }) => <Status of={outcome ?? 'Executing'} /> },
        { id: 'server', header: 'Server', cell: ({ serverId }) => <ServerLink serverId={serverId} /> },
        { id: 'started', header: 'Started', cell: ({ startedAt }) => <Ago at={startedAt} /> },
        { id: 'took', header: 'Took', cell: (attempt) => <Lasting from={attempt.startedAt} to={attempt.endedAt} /> },
        { id: 'why', header: 'What happened', cell: (attempt) => <WhatHappened attempt={attempt} /> },
      ]}
    />
  );
}

/** An error with what it came from, and the stacks on request. */
export function ErrorOf({ error }: { error: TaskError }) {
  return (
    <Alert type="error" header={error.name}>
      {error.message}
      {error.code !== undefined && ` (${error.code})`}
      {error.causes !== undefined && (
        <ol aria-label="What it came from">
          {error.causes.map((cause) => (
            <li key={`${cause.name} ${cause.message}`}>
              caused by {cause.name}: {cause.message}
              {cause.code !== undefined && ` (${cause.code})`}
            </li>
          ))}
        </ol>
      )}
      <ExpandableSection headerText="Stacks">
        <Raw value={stacksOf(error)} label="The stacks of the error and its causes" />
      </ExpandableSection>
    </Alert>
  );
}

/** A server by the beginning of its id. */
export function ServerLink({ serverId }: { serverId: string }) {
  return <PageLink to={`/servers?server=${encodeURIComponent(serverId)}`}>{serverId.slice(0, 8)}</PageLink>;
}

function WhatHappened({ attempt: { error, cause, reason, abortId } }: { attempt: Attempt }) {
  const stopped = [cause === undefined ? '' : inWords(cause), reason ?? ''].filter((part) => part !== '');
  const words = error === undefined ? stopped.join(': ') : [error, ...(error.causes ?? [])].map(shown).join(' ← ');
  return (
    <>
      {words}
      {abortId !== undefined && (
        <>
          {' '}
          <PageLink to={`/aborts/${abortId}`}>by an abort</PageLink>
        </>
      )}
    </>
  );
}

function shown({ name, message }: Pick<TaskError, 'name' | 'message'>): string {
  return message === '' ? name : message;
}

function stacksOf(error: TaskError): string {
  const stacks = [error, ...(error.causes ?? [])].flatMap(({ stack }) => stack ?? []);
  return stacks.length === 0 ? 'Only the newest attempts keep them.' : stacks.join('\n\ncaused by\n');
}
