/** Jobs and tasks that a page mentions, read once for what does not change of them, such as their names. */
import { useRead } from './reads.ts';
import type { Task } from './types.ts';

/** The name of a job; its id until that is known. */
export function useJobName(jobId: string): string {
  const { data } = useRead({
    key: ['mentioned', jobId],
    read: async (client, signal) => (await client.call('GET /jobs/{jobId}', { path: { jobId }, signal })).name,
    isFixed: true,
  });
  return data ?? jobId;
}

/** A task as it was when the page began to mention it; undefined until it is read. */
export function useTaskOnce(jobId: string, taskId: string): Task | undefined {
  const { data } = useRead({
    key: ['mentioned', jobId, taskId],
    read: (client, signal) => client.call('GET /jobs/{jobId}/tasks/{taskId}', { path: { jobId, taskId }, signal }),
    isFixed: true,
  });
  return data;
}
