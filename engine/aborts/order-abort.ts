import { type Abort, stopOrder } from '#domain/aborts/abort';
import { orderStops } from '#store/servers';

/**
 * Orders the servers to stop the abort's attempts. Repeating it changes nothing: an order names a claim, and a claim
 * ends once.
 */
export async function orderAbort(abort: Abort): Promise<void> {
  const byServer = Map.groupBy(abort.tasks, (task) => task.serverId);
  for (const [serverId, tasks] of byServer) {
    await orderStops(
      serverId,
      tasks.map((task) => stopOrder(task, abort.abortId)),
    );
  }
}
