/**
 * The walk over the Finished tasks of a job. No index has them. It reads where processes say that they have finished
 * some, and then, unless it has found all that are counted beyond doubt, what lies beside that.
 */
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import type { Task } from '#domain/tasks/task';
import { areDoubted, type CountRow, readCountRows, readPlaces, sumOfRows } from '#store/counts/count-rows';
import { type Span, spansBeside } from '#store/counts/places';
import { mapInParallel } from '#store/in-parallel';
import { tasksBetween } from '#store/tasks';
import { fits, MAX_TASKS_LOOKED_AT, type Part, type Place, placeOf, type Search } from './walk.ts';

const SPANS_AT_ONCE = 8;
const MAX_TASKS_PER_READ = 1_000;

/**
 * The next Finished tasks, at least `wanted` unless there are no more, or too many others lie between them. 1 RCU for
 * each 4 KB of the tasks read, and for each 4 KB of counts and places.
 * @throws MalformedRecord
 */
export async function walkFinished(job: Job, place: Place, wanted: number): Promise<Part> {
  const rows = await readCountRows(job);
  const spans = await readPlaces(job, rows);
  const search = place.search ?? { left: mostFinished(job, rows), isRest: false };
  const ahead = (search.isRest ? spansBeside(spans, job.shards) : spans).flatMap((span) => after(span, place));
  const { tasks, read, stop } = await readSpans(job, ahead, { ...place, search, wanted });
  const found = tasks.map((task, index) => {
    return { task, at: { ...placeOf(task, place), search: { ...search, left: search.left - index - 1 } } };
  });
  const next = nextOf({ ...search, left: search.left - tasks.length }, stop);
  return { found, read: read - tasks.length, ...(next && { next: { status: place.status, ...next } }) };
}

/** As many as are counted. While the counts are in doubt, any task may have finished. */
function mostFinished(job: Job, rows: readonly CountRow[]): number {
  if (job.taskCounts) return job.taskCounts.Finished;
  return areDoubted(rows) ? job.taskTotal : sumOfRows(job.countsBase ?? {}, rows, job).Finished;
}

type Stop = Pick<Place, 'shard' | 'after'>;

/** After the places comes the rest, as long as a counted task has not been found. */
function nextOf(search: Search, stop: Stop | undefined): (Stop & { search: Search }) | undefined {
  if (stop && (!search.isRest || search.left > 0)) return { ...stop, search };
  return search.isRest || search.left <= 0 ? undefined : { shard: 0, after: '', search: { ...search, isRest: true } };
}

/** What is left of the span after this place. No id has a space: with one more, an id is the next possible one. */
function after(span: Span, place: Stop): Span[] {
  if (span.shard < place.shard) return [];
  if (span.shard > place.shard || place.after < span.from) return [span];
  return place.after >= span.to ? [] : [{ ...span, from: `${place.after} ` }];
}

type Wanted = Place & { readonly search: Search; readonly wanted: number };

/** Reads span by span, several at once when one is not enough; `stop` is where it has stopped before their end. */
async function readSpans(job: Job, spans: readonly Span[], place: Wanted) {
  const tasks: Task[] = [];
  let [ahead, read, stop]: [readonly Span[], number, Stop | undefined] = [spans, 0, undefined];
  while (ahead.length > 0 && tasks.length < place.wanted && read - tasks.length < MAX_TASKS_LOOKED_AT) {
    const some = ahead.slice(0, read === 0 || place.search.isRest ? 1 : SPANS_AT_ONCE);
    const limit = limitOf(place.wanted - tasks.length, { found: tasks.length, read });
    for (const { span, page, last } of await readEach(job, some, limit)) {
      read += page.length;
      tasks.push(...page.filter((task) => isFound(task, job, { ...place, span })));
      stop = { shard: span.shard, after: last ?? span.to };
      ahead = [...after(span, stop), ...ahead.slice(1)];
      // What lies behind it comes later.
      if (last !== undefined) break;
    }
  }
  return { tasks, read, stop: ahead.length > 0 ? stop : undefined };
}

/** In the rest, the last id of a span belongs to a place, whose tasks have been found. */
function isFound(task: Task, job: Job, at: Wanted & { span: Span }): boolean {
  return fits(task, job, at) && !(at.search.isRest && task.taskId === at.span.to);
}

/** Twice as many as are likely to have the wanted ones among them. */
function limitOf(wanted: number, so: { found: number; read: number }): number {
  const share = (so.found + 1) / (so.read + 1);
  return so.read === 0 ? wanted : Math.min(MAX_TASKS_PER_READ, Math.ceil((2 * wanted) / share));
}

/** The first tasks of each span; `last` is the id of the last one if there are more. */
function readEach({ jobId }: Job, spans: readonly Span[], limit: number) {
  return mapInParallel(spans, SPANS_AT_ONCE, async (span) => {
    const { tasks, more } = await tasksBetween(shardKey(jobId, span.shard), span, limit);
    return { span, page: tasks, last: more ? tasks.at(-1)?.taskId : undefined };
  });
}
