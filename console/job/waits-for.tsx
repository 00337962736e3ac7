import Alert from '@cloudscape-design/components/alert';
import { useWaiting } from '#console/api/reads.ts';
import type { Job, Waiting } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { isFinalJob } from '#domain/statuses';

/** What each kind of wait reads like. */
const WORDS: Readonly<Record<string, string>> = {
  Writing: 'for the rest of its tasks to be written',
  Requeue: 'for the requeue to make its tasks ready',
  Hold: 'for its release',
  StartTime: 'for its start time',
  Dependency: 'for another task',
  Retry: 'for the next try',
  NoServerForGroup: 'for a server of the batch group',
  NoServerForHandler: 'for a server that has the handler',
  Draining: 'for servers that claim tasks again',
  SlotsTaken: 'for a free slot',
  Turn: 'for its turn, in a moment',
  Told: 'for handlers that were told to end',
  UnmanagedWait: 'for handlers that are blocked in native code',
};

/** What the job and its tasks wait for, since when, until when, and what can be done. */
export function WaitsFor({ job }: { job: Job }) {
  const { data } = useWaiting(job.jobId, !isFinalJob(job.status));
  const items = isFinalJob(job.status) ? [] : (data?.items ?? []);
  if (items.length === 0) return null;
  return (
    <Alert type={items.some(isStuck) ? 'warning' : 'info'} header="What it waits for">
      <ul>
        {items.map((item) => (
          <li key={`${item.for} ${item.of ?? ''}`}>
            {sentenceOf(item)}
            {item.since !== undefined && (
              <>
                , since <Ago at={item.since} />
              </>
            )}
            {item.until !== undefined && (
              <>
                , until <Ago at={item.until} />
              </>
            )}
            . {item.doNext}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

function sentenceOf({ for: what, of, tasks, taskIds = [] }: Waiting): string {
  const who = tasks === undefined ? 'The job' : tasks === 1 ? `Task ${taskIds[0] ?? ''}` : `${tasks} tasks`;
  const verb = tasks === undefined || tasks === 1 ? 'waits' : 'wait';
  return `${who} ${verb} ${WORDS[what] ?? what}${of === undefined ? '' : ` (${of})`}`;
}

function isStuck({ for: what }: Waiting): boolean {
  return ['NoServerForGroup', 'NoServerForHandler', 'UnmanagedWait'].includes(what);
}
