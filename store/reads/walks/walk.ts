/** What all walks over a job's tasks have in common. */
import { effectiveStatus } from '#domain/jobs/effective';
import type { Job } from '#domain/jobs/job';
import { shardNumber } from '#domain/jobs/shards';
import type { TaskStatus } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { isCounted, type TaskKey } from '#store/tasks';

/** How many records one request reads to find tasks that fit a filter; the next page continues there. */
export const MAX_TASKS_LOOKED_AT = 5_000;

/** How far the search for Finished tasks is: how many of the counted ones are left, and whether it is in the rest. */
export type Search = { readonly left: number; readonly isRest: boolean };

/** A place in a walk: the status that is walked (or all), the shard, and the last key seen in it. */
export type Place = {
  readonly status: TaskStatus | undefined;
  readonly shard: number;
  readonly after: string;
  readonly search?: Search;
};

/** Some tasks in order with their places, where the walk goes on, and how many records were read for nothing. */
export type Part = {
  readonly found: readonly { task: Task; at: Place }[];
  readonly next?: Place;
  readonly read: number;
};

/** Whether the task is one of those that are walked. */
export function fits(task: Task, job: Job, { status }: Place): boolean {
  return isCounted(task, job) && (status === undefined || effectiveStatus(task.status, job.status) === status);
}

/** The place of a task in the walk. */
export function placeOf({ shardId, taskId }: TaskKey, { status }: Place): Place {
  return { status, shard: shardNumber(shardId), after: taskId };
}
