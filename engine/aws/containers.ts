/** The containers that the servers run in, as ECS knows them. */
import { DescribeTasksCommand, InvalidParameterException, StopTaskCommand } from '@aws-sdk/client-ecs';
import type { Server } from '#domain/servers/server';
import { settings } from '#engine/settings';
import { ecs, request } from './clients.ts';

/** ECS: "The referenced task was not found." */
const NOT_FOUND = /not found/i;

type Stopped = {
  readonly name?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
};

/** What ECS reports of a stopped container task. */
export type StopProof = {
  readonly stoppedAt: string;
  /** Why it stopped: AWS's own code (`SpotInterruption`, `UserInitiated` ...), and words. */
  readonly stopCode?: string | undefined;
  readonly stoppedReason?: string | undefined;
  /** Its containers; empty if ECS no longer knows the container task. */
  readonly containers: readonly Stopped[];
};

/**
 * Asks ECS to stop the server's container. Repeating it does no harm, and a container that is gone already is no error.
 */
export async function stopContainer(server: Server, reason: string): Promise<void> {
  try {
    const stop = new StopTaskCommand({ cluster: settings().cluster, task: server.containerArn, reason });
    await request((options) => ecs().send(stop, options));
  } catch (error) {
    // ECS forgets containers about an hour after their stop. The same class of error has other meanings, too.
    if (!(error instanceof InvalidParameterException && NOT_FOUND.test(error.message))) throw error;
  }
}

/**
 * The proof that the container has stopped; undefined while it runs. `MISSING` if ECS does not know it: it stopped long
 * ago, or has started so shortly before that ECS does not show it yet.
 */
export async function describeStop(server: Server): Promise<StopProof | 'MISSING' | undefined> {
  const describe = new DescribeTasksCommand({ cluster: settings().cluster, tasks: [server.containerArn] });
  const { tasks = [], failures = [] } = await request((options) => ecs().send(describe, options));
  const [containerTask] = tasks;
  if (containerTask?.lastStatus === 'STOPPED') {
    const { stoppedAt = new Date(), stopCode, stoppedReason, containers = [] } = containerTask;
    return { stoppedAt: stoppedAt.toISOString(), stopCode, stoppedReason, containers };
  }
  return failures.some((failure) => failure.reason === 'MISSING') ? 'MISSING' : undefined;
}
