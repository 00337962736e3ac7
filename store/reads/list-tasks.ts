/** Lists of a job's tasks by effective status. */
import { Refusal } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { MAX_PAGE_BYTES } from '#domain/limits';
import { TASK_STATUSES, type TaskStatus } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { walkTasks } from './walks/task-walks.ts';
import { MAX_TASKS_LOOKED_AT, type Place, type Search } from './walks/walk.ts';

type Page = {
  /** All if absent or empty. */
  readonly statuses?: readonly TaskStatus[] | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
};

/**
 * A page of the job's tasks, one status after the other. `cursor` is set if there may be more. Only a search for
 * Finished tasks can be cut off before the page is full, where many others lie between them, or none is noted: then
 * `looked` says after how many.
 * 1 RCU for each task of the page, and 1 for each shard without one; for what servers hold instead the cost of
 * `heldOfJob`, and for Finished that of `walkFinished`. Without a status, 1 RCU for each 4 KB of the tasks.
 * @throws Refusal InvalidRequest for a cursor that no list has returned
 * @throws MalformedRecord
 */
export async function listTasks(job: Job, page: Page): Promise<{ tasks: Task[]; cursor?: string; looked?: number }> {
  const wanted = TASK_STATUSES.filter((status) => page.statuses?.includes(status));
  const stages = wanted.length === 0 ? [undefined] : wanted;
  const tasks: Task[] = [];
  let [bytes, looked] = [0, 0];
  let place: Place | undefined = page.cursor === undefined ? startOf(stages[0]) : placeOf(page.cursor, stages);
  while (place) {
    const { found, next, read }: Awaited<ReturnType<typeof walkTasks>> = await walkTasks(
      job,
      place,
      page.limit - tasks.length,
    );
    for (const { task, at } of found) {
      tasks.push(task);
      bytes += Buffer.byteLength(JSON.stringify(task));
      if (tasks.length === page.limit || bytes >= MAX_PAGE_BYTES) return { tasks, cursor: cursorOf(at) };
    }
    looked += read;
    place = next ?? stageAfter(place, stages);
    if (place && looked >= MAX_TASKS_LOOKED_AT) return { tasks, cursor: cursorOf(place), looked };
  }
  return { tasks };
}

type Stages = readonly (TaskStatus | undefined)[];

function startOf(status: TaskStatus | undefined): Place {
  return { status, shard: 0, after: '' };
}

function stageAfter({ status }: Place, stages: Stages): Place | undefined {
  const index = stages.indexOf(status) + 1;
  return index < stages.length ? startOf(stages[index]) : undefined;
}

/** What a cursor calls a list without a status. */
const ALL = 'All';

function cursorOf({ status, shard, after, search }: Place): string {
  const text = `${status ?? ALL} ${shard} ${after}${search ? ` ${search.isRest ? REST : PLACES}${search.left}` : ''}`;
  return Buffer.from(text).toString('base64url');
}

/** What a cursor calls the two parts of a search. */
const [PLACES, REST] = ['p', 'r'];
const CURSOR = /^([A-Za-z]+) (\d{1,6}) ([A-Za-z0-9._#:~-]*)(?: ([pr])(-?\d{1,7}))?$/;

function placeOf(cursor: string, stages: Stages): Place {
  const [, name, shard, after = '', part, left] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  const index = stages.findIndex((stage) => name === (stage ?? ALL));
  if (shard === undefined || index === -1)
    throw new Refusal('InvalidRequest', 'query.cursor: use the cursor of a page unchanged, with the same query');
  const search: Search | undefined = part === undefined ? undefined : { left: Number(left), isRest: part === REST };
  return { status: stages[index], shard: Number(shard), after, ...(search && { search }) };
}
