/** The server's side of a drain: it keeps the workflows waiting, and answers them once it runs nothing in Executing. */
import { drainCallbacks, type Server } from '#domain/servers/server';
import { beat, succeed } from '#engine/aws/callbacks';
import { noteDrained } from '#engine/servers/drain-server';
import type { Attempts } from '#server/attempts/attempts';
import { readTasks } from '#store/tasks';
import { log } from './log.ts';

/** The drain of a server. It does nothing until the server's record asks for a drain. */
export class DrainReport {
  readonly #serverId: string;
  readonly #attempts: Pick<Attempts, 'tasks'>;
  #callbacks: readonly string[] = [];
  /** Callbacks that were answered, or whose workflow no longer waits, while the record still names them. */
  #closed = new Set<string>();

  constructor(serverId: string, attempts: Pick<Attempts, 'tasks'>) {
    this.#serverId = serverId;
    this.#attempts = attempts;
  }

  /**
   * Takes the drain's callbacks from the server's record, after each heartbeat, and sends a heartbeat to each.
   * @throws the SDK's error if a request fails after its retries; the next heartbeat tries again
   */
  async hear(server: Server): Promise<void> {
    const named = server.status === 'Draining' ? drainCallbacks(server) : [];
    this.#closed = new Set([...this.#closed].filter((callback) => named.includes(callback)));
    this.#callbacks = named.filter((callback) => !this.#closed.has(callback));
    await Promise.all(
      this.#callbacks.map(async (callback) => {
        if (!(await beat(callback))) this.#closed.add(callback);
      }),
    );
    await this.#check();
  }

  /** Checks at once whether the drain is over. If that fails, the next heartbeat checks again. */
  attemptEnded(): void {
    this.#check().catch((error: unknown) =>
      log('The end of the drain could not be reported; the next heartbeat tries again.', { error }),
    );
  }

  /** Ends the drain if no task of the server is Executing. A task in Cancelling does not delay it. 1 RCU an attempt. */
  async #check(): Promise<void> {
    const waiting = this.#callbacks.filter((callback) => !this.#closed.has(callback));
    if (waiting.length === 0) return;
    const tasks = await readTasks(this.#attempts.tasks);
    if (tasks.some((task) => task.status === 'Executing' && task.serverId === this.#serverId)) return;
    await noteDrained(this.#serverId, new Date().toISOString());
    for (const callback of waiting) {
      await succeed([callback]);
      this.#closed.add(callback);
    }
  }
}
