import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Abort } from '#console/api/types.ts';
import { Countdown } from '#console/parts/ago.tsx';
import { useNow } from '#console/parts/clock.ts';
import { timeOfDay } from '#console/parts/durations.ts';
import { NamedJob, NamedTask } from '#console/parts/named.tsx';
import { Status } from '#console/parts/status.tsx';
import { counted } from '#console/parts/words.ts';

/** Of the tasks that a drain waits for, these many are named. */
const MAX_NAMED = 10;

type Lane = Abort['servers'][number];

/** A lane for each server: what its drain waits for, and how far its restart is. */
export function Lanes({ abort }: { abort: Abort }) {
  return (
    <Container header={<Header variant="h2">Servers</Header>}>
      <SpaceBetween size="l">
        {abort.servers.map((lane) => (
          <ServerLane key={lane.serverId} abort={abort} lane={lane} />
        ))}
      </SpaceBetween>
    </Container>
  );
}

function ServerLane({ abort, lane }: { abort: Abort; lane: Lane }) {
  return (
    <section aria-label={`Server ${lane.serverId.slice(0, 8)}`}>
      <Box variant="h3">
        {lane.serverId.slice(0, 8)} <Status of={lane.withdrawnAt === undefined ? lane.status : 'Active'} />
      </Box>
      {lane.status === 'Draining' && lane.withdrawnAt === undefined && abort.drainDeadline !== undefined && (
        <>
          <DrainBar abort={abort} lane={lane} />
          <WaitsFor abort={abort} lane={lane} deadline={abort.drainDeadline} />
        </>
      )}
      <Box variant="small">{stepsOf(lane)}</Box>
    </section>
  );
}

/** What the drain waits for, by job. A cancelled bystander does not delay it. */
function WaitsFor({ abort, lane, deadline }: { abort: Abort; lane: Lane; deadline: string }) {
  const running = abort.bystanders.filter(
    ({ serverId, fate, outcome }) => serverId === lane.serverId && outcome === 'Running' && fate !== 'stops',
  );
  if (running.length === 0) return null;
  const named = Map.groupBy(running.slice(0, MAX_NAMED), ({ jobId }) => jobId);
  const more = running.length - MAX_NAMED;
  return (
    <Box>
      Waits for{' '}
      {[...named].map(([jobId, tasks]) => (
        <span key={jobId}>
          {tasks.map(({ taskId }, index) => (
            <span key={taskId}>
              {index > 0 && ', '}
              <NamedTask jobId={jobId} taskId={taskId} />
            </span>
          ))}{' '}
          of <NamedJob jobId={jobId} />;{' '}
        </span>
      ))}
      {more > 0 && `${counted(more, 'more task')}; `}
      at the latest in <Countdown until={deadline} />.
    </Box>
  );
}

function DrainBar({ abort, lane }: { abort: Abort; lane: Lane }) {
  const now = useNow();
  const from = Date.parse(lane.drainingAt ?? abort.requestedAt);
  const share = (now - from) / (abort.drainSeconds * 1000);
  return (
    <ProgressBar
      value={Math.min(100, Math.max(0, share * 100))}
      label="Drain"
      description="Nothing new starts here. It is restarted as soon as nothing runs, or when the bar is full."
    />
  );
}

/** `draining 14:00:01 → drained 14:02:11 → stop requested 14:02:11 → stopped (exit code 0) …` */
function stepsOf(lane: Lane): string {
  const at = (time: string | undefined, what: string) =>
    time === undefined ? [] : [`${what} ${timeOfDay(Date.parse(time))}`];
  const steps = [
    ...at(lane.drainingAt, 'draining'),
    ...at(lane.drainedAt, 'drained'),
    ...(lane.deadlineReached ? ['deadline reached'] : []),
    ...at(lane.withdrawnAt, 'given back'),
    ...at(lane.stopRequestedAt, 'stop requested'),
    ...at(lane.stoppedAt, `container stopped${lane.exitCode === undefined ? '' : ` (exit code ${lane.exitCode})`}`),
    ...at(lane.settledAt, 'settled'),
    ...at(lane.replacedAt, `replaced${lane.replacedBy === undefined ? '' : ` by ${lane.replacedBy.slice(0, 8)}`}`),
  ];
  return steps.join(' → ');
}
