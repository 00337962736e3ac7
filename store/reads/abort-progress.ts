/** How far an abort is, by the records of its servers and tasks. */
import {
  type Abort,
  type AbortedTask,
  type Bystander,
  bystanderOutcome,
  endOfAttempt,
  type Restart,
  restartSchema,
} from '#domain/aborts/abort';
import { doNextOf } from '#domain/jobs/wait-words';
import { isFinalAbort } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { readItems } from '#store/dynamodb/read';
import { toServer } from '#store/servers';
import { readTasks } from '#store/tasks';

/**
 * How far the abort's tasks, bystanders and servers are. 1 RCU for each task, bystander and server of an open abort.
 * @throws MalformedRecord
 */
export async function readProgress(abort: Abort) {
  return [await readAbortedTasks(abort), await readBystanders(abort), await readRestarts(abort)] as const;
}

/**
 * How far the restart of each server of the abort is; of a withdrawn server, when it was withdrawn. 1 RCU a server.
 * @throws MalformedRecord
 */
export async function readRestarts(abort: Abort): Promise<Restart[]> {
  const found = await readItems(abort.serverIds.map((serverId) => ({ table: 'servers', key: { serverId } })));
  const now = new Date().toISOString();
  const servers = new Map(found.map(({ item }) => toServer(item)).map((server) => [server.serverId, server]));
  return abort.serverIds.flatMap((serverId) => {
    const frozen = abort.restarts?.find((each) => each.serverId === serverId);
    const server = servers.get(serverId);
    if (!server || frozen?.withdrawnAt !== undefined) return frozen ?? [];
    if (server.drainAborts?.has(abort.abortId)) return restartSchema.parse(server);
    // For this abort it drained from the request on, even if it drained for another abort before.
    const { status } = server;
    return {
      serverId,
      status,
      drainingAt: abort.requestedAt,
      withdrawnAt: abort.withdraw?.at ?? abort.endedAt ?? now,
    };
  });
}

/** The abort's bystanders, with the outcomes of those whose attempt has ended. */
async function readBystanders(abort: Abort): Promise<Bystander[]> {
  if (isFinalAbort(abort.status)) return abort.bystanders;
  const recorded = await readByName(abort.bystanders);
  return abort.bystanders.map((bystander) => ({
    ...bystander,
    outcome: bystanderOutcome(bystander, recorded.get(nameOf(bystander))),
  }));
}

/** The abort's tasks: those whose attempt has ended with the outcome, the others with what they wait for. */
async function readAbortedTasks(abort: Abort): Promise<(AbortedTask & Wait)[]> {
  if (isFinalAbort(abort.status)) return abort.tasks;
  const recorded = await readByName(abort.tasks);
  return abort.tasks.map((aborted) => {
    const task = recorded.get(nameOf(aborted));
    return { ...aborted, ...(endOfAttempt(aborted, task) ?? waitOf(task)) };
  });
}

type Wait = { readonly waitingFor?: string; readonly doNext?: string | undefined };

function waitOf(task: Task | undefined): Wait {
  return task?.waitingFor === undefined ? {} : { waitingFor: task.waitingFor, doNext: doNextOf(task.waitingFor) };
}

async function readByName(tasks: readonly AbortedTask[]): Promise<Map<string, Task>> {
  return new Map((await readTasks(tasks)).map((task) => [nameOf(task), task]));
}

function nameOf({ jobId, taskId }: { jobId: string; taskId: string }): string {
  return `${jobId}/${taskId}`;
}
