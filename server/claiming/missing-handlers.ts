/** What becomes of Ready tasks whose handlers this server does not have. */
import { UNKNOWN_HANDLER_HEARTBEATS, UNKNOWN_HANDLER_ROLLOUT_SECONDS } from '#domain/limits';
import { canRun, type Server } from '#domain/servers/server';
import type { Task } from '#domain/tasks/task';
import { RecentValues } from '#server/recent-values';
import { readLiveServers } from '#store/fleet/live-servers';

/** The servers are read this often, and only while there are such tasks. */
const SERVERS_KEPT_MS = 1_000;
/** How long a task is left at a time: this server could not run it. */
const LEFT_MS = 60_000;
/** A handler that no task has asked for this long is missing anew. */
const FORGOTTEN_MS = 5 * LEFT_MS;

type Missing = { readonly sinceMs: number; readonly seenMs: number };
type Look = { readonly servers: Promise<readonly Server[]>; readonly atMs: number };

/** The handlers that no live server has, and since when this server has seen that. */
export class MissingHandlers {
  readonly #waitMs: number;
  readonly #missing = new RecentValues<Missing>();
  #look: Look | undefined;

  constructor({ heartbeatMs }: { readonly heartbeatMs: number }) {
    this.#waitMs = UNKNOWN_HANDLER_HEARTBEATS * heartbeatMs;
  }

  /**
   * For how long, in milliseconds, the task is left to others, because a live server has its handler, or one may still
   * come. 0 if the wait for one is over. The cost of `readLiveServers`, once a second at most.
   */
  async leaveMs(task: Pick<Task, 'handler' | 'batchGroup'>): Promise<number> {
    const alive = await this.#servers();
    const id = `${task.batchGroup}/${task.handler}`;
    if (alive.some((server) => canRun(server, task))) {
      this.#missing.delete(id);
      return LEFT_MS;
    }
    const isRollout = alive.some(({ rollout }) => rollout !== undefined);
    const waitMs = isRollout ? UNKNOWN_HANDLER_ROLLOUT_SECONDS * 1000 : this.#waitMs;
    return Math.min(LEFT_MS, Math.max(0, waitMs - this.#missingMs(id)));
  }

  /** For how long no live server has been seen with this handler. */
  #missingMs(id: string): number {
    const nowMs = Date.now();
    const known = this.#missing.get(id);
    const sinceMs = known && nowMs - known.seenMs < FORGOTTEN_MS ? known.sinceMs : nowMs;
    this.#missing.set(id, { sinceMs, seenMs: nowMs });
    return nowMs - sinceMs;
  }

  #servers(): Promise<readonly Server[]> {
    if (!this.#look || Date.now() - this.#look.atMs >= SERVERS_KEPT_MS)
      this.#look = { servers: readLiveServers({ consistent: false }), atMs: Date.now() };
    return this.#look.servers;
  }
}
