/** The containers that the servers run in, as ECS knows them. */
import { DescribeTasksCommand, InvalidParameterException, StopTaskCommand } from '@aws-sdk/client-ecs';
import type { Server } from '#domain/servers/server';
import { settings } from '#engine/settings';
import { ecs, request } from './clients.ts';

/** What ECS reports of a stopped container task. */
export type StopProof = {
  readonly stoppedAt: string;
  /** Its containers; empty if ECS no longer knows the container task. */
  readonly containers: readonly { readonly name?: string | undefined; readonly exitCode?: number | undefined }[];
};

/**
 * Asks ECS to stop the server's container. Repeating it does no harm, and a container that is gone already is no error.
 */
export async function stopContainer(server: Server, reason: string): Promise<void> {
  try {
    const stop = new StopTaskCommand({ cluster: settings().cluster, task: server.containerArn, reason });
    await request((options) => ecs().send(stop, options));
  } catch (error) {
    // ECS forgets containers about an hour after their stop.
    if (!(error instanceof InvalidParameterException)) throw error;
  }
}

/**
 * The proof that the container has stopped, or undefined while it runs. A container that ECS no longer knows stopped
 * long ago.
 */
export async function describeStop(server: Server): Promise<StopProof | undefined> {
  const describe = new DescribeTasksCommand({ cluster: settings().cluster, tasks: [server.containerArn] });
  const { tasks = [], failures = [] } = await request((options) => ecs().send(describe, options));
  const now = new Date();
  const [containerTask] = tasks;
  if (containerTask?.lastStatus === 'STOPPED')
    return { stoppedAt: (containerTask.stoppedAt ?? now).toISOString(), containers: containerTask.containers ?? [] };
  const isForgotten = failures.some((failure) => failure.reason === 'MISSING');
  return isForgotten ? { stoppedAt: now.toISOString(), containers: [] } : undefined;
}
