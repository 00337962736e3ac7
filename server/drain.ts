/** The server's side of a drain: it says that it lives, and calls back the moment it runs nothing in Executing. */
import {
  InvalidToken,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { drainCallbacks, type Server } from '#domain/servers/server';
import { stepFunctions } from '#engine/aws/clients';
import { noteDrained } from '#engine/servers/drain-server';
import { readTasks } from '#store/tasks';
import type { Runs } from './runs.ts';

/** Creates the drain of a server, idle until its record asks for one. */
export function createDrain(serverId: string, runs: Runs) {
  let tokens: readonly string[] = [];
  /** Callbacks that were answered, or that nobody waits for any more; the record still names them. */
  let closed = new Set<string>();

  /** False: the workflow does not wait for this callback any more, being told by somebody else, timed out or stopped. */
  async function send(token: string, answer: () => Promise<unknown>): Promise<void> {
    try {
      await answer();
    } catch (error) {
      const isOver =
        error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
      if (!isOver) throw error;
      closed.add(token);
    }
  }

  return {
    /** What the server's record says of the drain, with each beat. */
    async hear(server: Server): Promise<void> {
      const named = server.status === 'Draining' ? drainCallbacks(server) : [];
      closed = new Set([...closed].filter((token) => named.includes(token)));
      tokens = named.filter((token) => !closed.has(token));
      await Promise.all(
        tokens.map((taskToken) =>
          send(taskToken, () => stepFunctions().send(new SendTaskHeartbeatCommand({ taskToken }))),
        ),
      );
      await this.check();
    },
    /** Looks whether the drain is over; called with each beat and whenever a run has ended. A `Cancelling` task does not delay it. */
    async check(): Promise<void> {
      const waiting = tokens.filter((token) => !closed.has(token));
      if (waiting.length === 0) return;
      const tasks = await readTasks(runs.tasks());
      if (tasks.some((task) => task.status === 'Executing' && task.serverId === serverId)) return;
      await noteDrained(serverId, new Date().toISOString());
      for (const taskToken of waiting) {
        await send(taskToken, () => stepFunctions().send(new SendTaskSuccessCommand({ taskToken, output: '{}' })));
        closed.add(taskToken);
      }
    },
  };
}
