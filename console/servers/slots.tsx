import type { Server } from '#console/api/types.ts';
import { Ago } from '#console/parts/ago.tsx';
import { NamedJob } from '#console/parts/named.tsx';
import { Status } from '#console/parts/status.tsx';
import { TaskLink } from '#console/parts/task-link.tsx';

/** A tile for each slot, with the task that it runs. */
export function Slots({ server }: { server: Server }) {
  const free = Math.max(0, server.slots - server.running.length);
  return (
    <ul className="slots" aria-label={`${server.running.length} of ${server.slots} slots are taken`}>
      {server.running.map(({ jobId, taskId, status, startedAt }) => (
        <li key={`${jobId} ${taskId}`} className={`slot is-${status}`}>
          <TaskLink jobId={jobId} taskId={taskId} /> of <NamedJob jobId={jobId} />
          <br />
          <Status of={status} /> <Ago at={startedAt} />
        </li>
      ))}
      {Array.from({ length: free }, (_, index) => index).map((index) => (
        <li key={index} className="slot">
          free
        </li>
      ))}
    </ul>
  );
}
