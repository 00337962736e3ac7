import type { Client } from '#client/client';
import { useRead } from '#console/api/reads.ts';
import type { Task } from '#console/api/types.ts';

/** What is kept of a task for the graph. */
export type GraphTask = Pick<Task, 'taskId' | 'name' | 'status' | 'dependsOn' | 'endedAt'>;
type Read = { readonly jobId: string; readonly signal: AbortSignal };

const PAGE = 1_000;
const MAX_PAGES = 10;

/** The first 10,000 tasks of a job with their dependencies. More than a page is read again less often. */
export function useGraph(jobId: string, isEnabled = true) {
  return useRead({
    key: ['graph', jobId],
    read: (client, signal) => readTasks(client, { jobId, signal }),
    moves: (tasks) => tasks.length <= PAGE && tasks.some(({ endedAt }) => endedAt === undefined),
    isEnabled,
  });
}

async function readTasks(client: Client, { jobId, signal }: Read): Promise<readonly GraphTask[]> {
  const tasks: GraphTask[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = { limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const read = await client.call('GET /jobs/{jobId}/tasks', { path: { jobId }, query, signal });
    tasks.push(...read.items.map(kept));
    cursor = read.cursor;
    if (cursor === undefined) break;
  }
  return tasks;
}

function kept({ taskId, name, status, dependsOn, endedAt }: Task): GraphTask {
  return { taskId, name, status, dependsOn, endedAt };
}
