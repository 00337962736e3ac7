/** Ready tasks that a server does not look for now: it lacks their handlers, or claims them, or cannot. */
import { jobIdOf } from '#domain/jobs/shards';
import { idOfKey } from '#domain/tasks/task';
import { RecentValues } from '#server/recent-values';
import type { ReadyTaskKey } from '#store/tasks';

/** A task that is forgotten costs one refused claim. This number takes some megabytes. */
const MAX_LEFT = 50_000;

/** The tasks that this server has left, each until a time. Those that were left longest ago are forgotten first. */
export class LeftTasks {
  readonly #leftUntilMs = new RecentValues<number>(MAX_LEFT);
  readonly #triedUntilMs = new RecentValues<number>();
  readonly #jobsUntilMs = new RecentValues<number>();

  /** Leaves the task to servers that have its handler. */
  leave(key: ReadyTaskKey, ms: number): void {
    this.#leftUntilMs.set(idOfKey(key), Date.now() + ms);
    this.#jobsUntilMs.set(jobIdOf(key.shardId), Date.now() + ms);
  }

  /** The task is about to be claimed, or cannot be. */
  try(key: ReadyTaskKey, ms: number): void {
    this.#triedUntilMs.set(idOfKey(key), Date.now() + ms);
  }

  has(key: ReadyTaskKey): boolean {
    return [this.#leftUntilMs, this.#triedUntilMs].some((untilMs) => isAhead(untilMs.get(idOfKey(key))));
  }

  /** Whether a task of the job is left to servers that have its handler. */
  hasOfJob(jobId: string): boolean {
    return isAhead(this.#jobsUntilMs.get(jobId));
  }
}

function isAhead(untilMs = 0): boolean {
  return untilMs > Date.now();
}
