import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import type { Plan } from '#console/api/types.ts';
import { useNow } from '#console/parts/clock.ts';
import { lasting, timeOfDay } from '#console/parts/durations.ts';
import { counted } from '#console/parts/words.ts';

/** What happens when, in one line, and what else to know. */
export function Forecast({ plan }: { plan: Plan }) {
  const now = useNow();
  return (
    <>
      <Box variant="p" fontSize="heading-s">
        {plan.mode === 'task' ? ofTasks(plan) : ofServers(plan, now)}
      </Box>
      {plan.warnings.map((warning) => (
        <Alert key={JSON.stringify(warning)} type="warning">
          {warning.type === 'NoOtherServer'
            ? `During the restart no other server serves the batch group ${warning.batchGroup}.`
            : `One abort takes only so many tasks: ${warning.tasks} more stay, for another abort after this one.`}
        </Alert>
      ))}
    </>
  );
}

function ofTasks({ tasks }: Plan): string {
  return `Within seconds: ${counted(tasks.length, 'task')} of this job stopped. A task that is blocked in native code stops when it leaves the call.`;
}

function ofServers({ servers, tasks, drainSeconds, disruptedJobs }: Plan, nowMs: number): string {
  const others = disruptedJobs.flatMap((job) => job.tasks).filter(({ status }) => status === 'Executing').length;
  const until = timeOfDay(nowMs + drainSeconds * 1000);
  const drain =
    others === 0
      ? 'nothing that the drain waits for runs there, so the restart is at once'
      : `${counted(others, 'other task')} may end until ${until} at the latest (${lasting(drainSeconds)}); then the stop`;
  return `${counted(servers.length, 'server')}: ${drain}. ${counted(tasks.length, 'task')} of this job stopped. Each server is replaced.`;
}
