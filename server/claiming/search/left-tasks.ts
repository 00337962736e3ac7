/** Ready tasks that a server leaves to others, because it does not have their handlers. */

import { Recent } from '#server/recent';
import type { ReadyTaskKey } from '#store/tasks';

/** The tasks that this server has left, each until a time. Those that were left longest ago are forgotten first. */
export class LeftTasks {
  readonly #untilMs = new Recent<number>();

  leave(key: ReadyTaskKey, ms: number): void {
    this.#untilMs.set(idOf(key), Date.now() + ms);
  }

  has(key: ReadyTaskKey): boolean {
    return (this.#untilMs.get(idOf(key)) ?? 0) > Date.now();
  }
}

function idOf({ shardId, taskId }: ReadyTaskKey): string {
  return `${shardId}/${taskId}`;
}
