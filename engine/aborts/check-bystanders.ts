import { Refusal } from '#domain/errors';
import { getAbort } from '#store/aborts';
import { getServer } from '#store/servers';
import { heldTasks } from '#store/tasks';

/**
 * Checks again what a server runs before it is stopped at its deadline. The index of held tasks can lag by seconds, so
 * the comparison at the start of the drain can miss a task. By the end of the drain the index has caught up.
 * @throws Refusal NotFound; PlanChanged if the server runs a task of another job that the abort does not know
 */
export async function checkBystanders(abortId: string, serverId: string): Promise<void> {
  const held = await heldTasks(serverId);
  // Read after the tasks: a draining server claims nothing, so it held these tasks when the drain began.
  const { status, drainAborts } = await getServer(serverId);
  if (status !== 'Draining' || !drainAborts?.has(abortId)) return;
  const { jobId, bystanders } = await getAbort(abortId);
  const known = new Set(bystanders.map(({ claimId }) => claimId));
  const unknown = held.filter((task) => task.jobId !== jobId && !known.has(task.claimId ?? ''));
  if (unknown.length === 0) return;
  const named = unknown.map((task) => `"${task.taskId}" of job ${task.jobId}`).join(', ');
  throw new Refusal(
    'PlanChanged',
    `Server ${serverId} also runs ${named}, which the confirmed plan did not show; read the plan again and confirm it.`,
  );
}
