import { startEvent } from '#domain/events';
import type { Task } from '#domain/tasks/task';
import { tellJob } from '#engine/tell-events';
import { moveJob } from '#store/jobs';

/**
 * Moves a job to Executing when a task of it starts; of all servers that start its tasks one does this. 2 WCU, and 1
 * for the event.
 */
export async function startJob({ jobId, taskId, serverId = '', startedAt = '' }: Task): Promise<void> {
  const started = await moveJob(jobId, 'start', { set: { startedAt, startedBy: { taskId, serverId } } });
  if (started.moved) await tellJob(started.job, [startEvent(started.job)]);
}
