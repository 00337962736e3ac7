import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useServers } from '#console/api/reads.ts';
import type { Abort, Server } from '#console/api/types.ts';
import { Countdown } from '#console/parts/ago.tsx';
import { useNow } from '#console/parts/clock.ts';
import { timeOfDay } from '#console/parts/durations.ts';
import { Status } from '#console/parts/status.tsx';
import { TaskLink } from '#console/parts/task-link.tsx';
import { isFinalAbort } from '#domain/statuses';

type Lane = Abort['servers'][number];

/** A lane for each server: what its drain waits for, and how far its restart is. */
export function Lanes({ abort }: { abort: Abort }) {
  const isUnderWay = !isFinalAbort(abort.status);
  const { data } = useServers(isUnderWay);
  return (
    <Container header={<Header variant="h2">Servers</Header>}>
      <SpaceBetween size="l">
        {abort.servers.map((lane) => (
          <ServerLane
            key={lane.serverId}
            abort={abort}
            lane={lane}
            server={data?.items.find(({ serverId }) => serverId === lane.serverId)}
          />
        ))}
      </SpaceBetween>
    </Container>
  );
}

function ServerLane({ abort, lane, server }: { abort: Abort; lane: Lane; server: Server | undefined }) {
  const waitsFor = (server?.running ?? []).filter(({ status }) => status === 'Executing');
  const isDraining = lane.status === 'Draining' && abort.drainDeadline !== undefined;
  return (
    <section aria-label={`Server ${lane.serverId.slice(0, 8)}`}>
      <Box variant="h3">
        {lane.serverId.slice(0, 8)} <Status of={lane.withdrawnAt === undefined ? lane.status : 'Active'} />
      </Box>
      {isDraining && <DrainBar abort={abort} lane={lane} />}
      {isDraining && waitsFor.length > 0 && (
        <Box>
          Waits for{' '}
          {waitsFor.map(({ jobId, taskId }, index) => (
            <span key={`${jobId} ${taskId}`}>
              {index > 0 && ', '}
              <TaskLink jobId={jobId} taskId={taskId} />
            </span>
          ))}
          ; at the latest in <Countdown until={abort.drainDeadline ?? ''} />.
        </Box>
      )}
      <Box variant="small">{stepsOf(lane)}</Box>
    </section>
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
