import type { Task } from '#domain/tasks/task';
import { putEvent } from '#store/events';
import { moveJob } from '#store/jobs';

/** Moves the job of a task that has started to Executing. If several servers try, one moves it and writes the event. */
export async function startJob({ jobId, taskId, serverId, startedAt = '' }: Task): Promise<void> {
  const { moved } = await moveJob(jobId, 'start', { set: { startedAt } });
  if (moved) await putEvent(jobId, { at: startedAt, type: 'JobExecuting', taskId, serverId });
}
