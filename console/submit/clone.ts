import { useEffect, useState } from 'react';
import { stringify } from 'yaml';
import type { Job, Task } from '#console/api/types.ts';
import { useClient } from '#console/app/session.tsx';

/** A larger job is copied by the command line. */
const MAX_TASKS = 1_000;

/** Puts the text of a job that exists into the draft. Returns what went wrong. */
export function useClone(jobId: string | undefined, setText: (text: string) => void): Error | undefined {
  const client = useClient();
  const [error, setError] = useState<Error>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each job, not for each letter that is typed.
  useEffect(() => {
    if (jobId === undefined) return;
    const read = async () => {
      const job = await client.call('GET /jobs/{jobId}', { path: { jobId } });
      const tasks = await client.call('GET /jobs/{jobId}/tasks', { path: { jobId }, query: { limit: MAX_TASKS } });
      setText(stringify(requestOf(job, tasks.items)));
    };
    read().catch(setError);
  }, [jobId]);
  return error;
}

function requestOf({ name, batchGroup, priority, system }: Job, tasks: readonly Task[]) {
  return { name, batchGroup, priority, ...(system ? { system } : {}), tasks: tasks.map(taskOf) };
}

/** What a submission says of a task; defaults are left out. */
function taskOf({ taskId, name, handler, input, ...task }: Task) {
  return {
    taskId,
    ...(name === taskId ? {} : { name }),
    handler,
    ...(input === null ? {} : { input }),
    ...(task.maxRetries > 0 ? { maxRetries: task.maxRetries } : {}),
    ...(task.restartable ? { restartable: true } : {}),
    ...(task.ignoreFailure ? { ignoreFailure: true } : {}),
    ...(task.timeoutSeconds === undefined ? {} : { timeoutSeconds: task.timeoutSeconds }),
    ...(task.dependsOn?.length ? { dependsOn: task.dependsOn } : {}),
    ...(task.dependencyCondition === 'Any' ? { dependencyCondition: 'Any' } : {}),
  };
}
