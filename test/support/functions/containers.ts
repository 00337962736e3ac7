/** Containers of a suite's ECS that can be stopped. */
import { listTasks, type Trial } from '#test/support/local/ecs-trial';

/** What a server's record says of the container that it runs in. */
type Container = { readonly containerArn: string; readonly serverId: string };

/** The container of this number, when its program handles signals: before that, SIGTERM would change its exit code. */
export async function readyContainer(trial: Trial, index: number): Promise<Container> {
  const containerArn = (await listTasks(trial))[index] ?? '';
  const serverId = containerArn.slice(containerArn.lastIndexOf('/') + 1);
  await pidOf(trial, serverId);
  return { containerArn, serverId };
}

/** The process id of the server's container, as its program prints it when it is ready. */
export async function pidOf({ lines }: Trial, serverId: string): Promise<number> {
  const start = `${serverId.slice(0, 8)} ready `;
  const ready = await lines.until('the container', (line) => line.startsWith(start));
  return Number(ready.slice(start.length));
}
