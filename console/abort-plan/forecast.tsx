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
            : `The job runs ${counted(warning.tasks, 'more task')} than one abort stops: abort again when this one has ended.`}
        </Alert>
      ))}
    </>
  );
}

function ofTasks({ tasks }: Plan): string {
  return `Within seconds, ${stopped(tasks.length)}. A task that is blocked in native code stops when it leaves the call.`;
}

function ofServers({ servers, tasks, drainSeconds, disruptedJobs }: Plan, nowMs: number): string {
  const others = disruptedJobs.flatMap((job) => job.tasks).filter(({ status }) => status === 'Executing').length;
  const until = timeOfDay(nowMs + drainSeconds * 1000);
  const drain =
    others === 0
      ? 'at once, because no task runs there that the drain waits for'
      : `when ${counted(others, 'other task')} there ${others === 1 ? 'has' : 'have'} ended, at ${until} at the latest (${lasting(drainSeconds)})`;
  const restarted = `${counted(servers.length, 'server')} ${servers.length === 1 ? 'is' : 'are'} restarted`;
  return `${restarted} ${drain}. Then ${stopped(tasks.length)}. Each server is replaced.`;
}

function stopped(tasks: number): string {
  return `${counted(tasks, 'task')} of this job ${tasks === 1 ? 'is' : 'are'} stopped`;
}
