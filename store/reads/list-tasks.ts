/** Lists of a job's tasks, shard by shard, by effective status. */
import { Refusal } from '#domain/errors';
import { effectiveStatus } from '#domain/jobs/effective';
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { MAX_PAGE_BYTES } from '#domain/limits';
import type { TaskStatus } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { isCounted, pageOfTasks } from '#store/tasks';

/** How many records one request reads to find tasks that fit a filter; the next page continues there. */
const MAX_TASKS_LOOKED_AT = 5_000;
const TASKS_PER_READ = 500;

type Place = { readonly shard: number; readonly afterTaskId?: string | undefined };

/**
 * A page of the job's tasks. `cursor` is set if there may be more; pages may be short, but no task is left out. 1 RCU
 * for each 4 KB of the tasks read (at most 5,000).
 * @throws Refusal InvalidRequest for a cursor that no list has returned
 * @throws MalformedRecord
 */
export async function listTasks(
  job: Job,
  page: { status?: TaskStatus | undefined; cursor?: string | undefined; limit: number },
): Promise<{ tasks: Task[]; cursor?: string }> {
  const tasks: Task[] = [];
  let bytes = 0;
  let place: Place | undefined = page.cursor === undefined ? { shard: 0 } : placeOf(page.cursor);
  for (let looked = 0; place && looked < MAX_TASKS_LOOKED_AT; looked += TASKS_PER_READ) {
    const read: { tasks: Task[]; next?: Place } = await readOn(job, place, page.status ? TASKS_PER_READ : page.limit);
    const fitting = read.tasks.filter((task) => fits(task, job, page.status));
    const taken = fitting.slice(0, page.limit - tasks.length);
    tasks.push(...taken);
    bytes += Buffer.byteLength(JSON.stringify(taken));
    const last = taken.at(-1);
    if (last && (tasks.length === page.limit || bytes >= MAX_PAGE_BYTES))
      return { tasks, cursor: cursorOf({ shard: place.shard, afterTaskId: last.taskId }) };
    place = read.next;
  }
  return place ? { tasks, cursor: cursorOf(place) } : { tasks };
}

/** The tasks after a place in one shard, and the place where the next read continues. */
async function readOn(
  job: Job,
  { shard, afterTaskId }: Place,
  limit: number,
): Promise<{ tasks: Task[]; next?: Place }> {
  const { tasks, more } = await pageOfTasks(shardKey(job.jobId, shard), { afterTaskId, limit });
  if (more) return { tasks, next: { shard, afterTaskId: tasks.at(-1)?.taskId } };
  return shard + 1 < job.shards ? { tasks, next: { shard: shard + 1 } } : { tasks };
}

function fits(task: Task, job: Job, status: TaskStatus | undefined): boolean {
  if (!isCounted(task, job)) return false;
  return status === undefined || effectiveStatus(task.status, job.status) === status;
}

function cursorOf({ shard, afterTaskId = '' }: Place): string {
  return Buffer.from(`${shard} ${afterTaskId}`).toString('base64url');
}

function placeOf(cursor: string): Place {
  const [, shard, afterTaskId] =
    /^(\d{1,6}) ([A-Za-z0-9._-]*)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (shard === undefined) throw new Refusal('InvalidRequest', 'query.cursor: use the cursor of a page unchanged');
  return { shard: Number(shard), afterTaskId: afterTaskId === '' ? undefined : afterTaskId };
}
