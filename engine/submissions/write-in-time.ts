/** The writing of new tasks, as fast as the table takes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { OutOfTime, Throttled } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { interleaved } from '#domain/jobs/shards';
import type { Task } from '#domain/tasks/task';
import { timeLeftMs, withDeadline } from '#store/dynamodb/deadline';
import { inParallel } from '#store/in-parallel';
import { createTasks } from '#store/tasks';
import { KEEP_LIMIT_MS } from './leave-tasks.ts';

/** What one request to DynamoDB takes. */
const TASKS_PER_WRITE = 25;
/** As many as it takes to use all that a new table may write in a second. */
const WRITES_AT_ONCE = 8;

/** What a request cannot write in this time is left to the workflow. */
const REQUEST_WRITES_MS = 10_000;

const THROTTLED_WAIT_MS = 200;

/** Until when a request may write tasks that begins to do so now, in epoch milliseconds. */
export function requestEndMs(): number {
  return Date.now() + Math.min(REQUEST_WRITES_MS, timeLeftMs() - KEEP_LIMIT_MS);
}

/**
 * Writes tasks of the job, one of each shard in turn, until the deadline (epoch milliseconds). Returns those that may
 * be missing. 3 WCU a task.
 */
export async function writeInTime(job: Job, tasks: readonly Task[], deadlineMs: number): Promise<Task[]> {
  const ordered = interleaved(tasks);
  const starts = Array.from({ length: Math.ceil(ordered.length / TASKS_PER_WRITE) }, (_, at) => at * TASKS_PER_WRITE);
  const left = new Map(starts.map((start) => [start, ordered.slice(start, start + TASKS_PER_WRITE)]));
  const write = async ([start, batch]: [number, Task[]]) => {
    await writeBatch(batch, job.startAt);
    left.delete(start);
  };
  try {
    await withDeadline(deadlineMs, () => inParallel([...left], WRITES_AT_ONCE, write));
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
  }
  return [...left.values()].flat();
}

/** A table that is throttled takes some of what it is sent each second: only the deadline ends the rounds. */
async function writeBatch(tasks: readonly Task[], notBefore: string | undefined): Promise<void> {
  for (;;) {
    try {
      return await createTasks(tasks, notBefore);
    } catch (error) {
      if (!(error instanceof Throttled)) throw error;
      await sleep(THROTTLED_WAIT_MS * (0.5 + Math.random()));
    }
  }
}
