import Alert from '@cloudscape-design/components/alert';
import { useWaiting } from '#console/api/reads.ts';
import type { Job, Waiting } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { NamedJob } from '#console/parts/named.tsx';
import { counted } from '#console/parts/words.ts';
import { awaited, isStuck } from '#console/waits/words.ts';
import { isFinalJob } from '#domain/statuses';

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
            <TakenBy jobs={item.takenBy} />
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

/** The jobs whose tasks run in the slots that are waited for. */
function TakenBy({ jobs = [] }: { jobs: Waiting['takenBy'] }) {
  if (jobs.length === 0) return null;
  return (
    <>
      , taken by{' '}
      {jobs.map(({ jobId, tasks }, index) => (
        <span key={jobId}>
          {index > 0 && ', '}
          {counted(tasks, 'task')} of <NamedJob jobId={jobId} />
        </span>
      ))}
    </>
  );
}

function sentenceOf(waiting: Waiting): string {
  const { tasks, taskIds = [] } = waiting;
  const who = tasks === undefined ? 'The job' : tasks === 1 ? `Task ${taskIds[0] ?? ''}` : `${tasks} tasks`;
  const verb = tasks === undefined || tasks === 1 ? 'waits' : 'wait';
  return `${who} ${verb} for ${awaited(waiting)}`;
}
