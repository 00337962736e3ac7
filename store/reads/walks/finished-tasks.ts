/**
 * The walk over the Finished tasks of a job. No index has them. It reads where processes say that they have finished
 * some, and then, unless it has found all that are counted beyond doubt, what lies beside that.
 */
import type { Job } from '#domain/jobs/job';
import { shardKey } from '#domain/jobs/shards';
import { MAX_PAGE_BYTES } from '#domain/limits';
import type { Task } from '#domain/tasks/task';
import { areDoubted, type CountRow, readCountRows, readPlaces, sumOfRows } from '#store/counts/count-rows';
import { type Span, spansBeside } from '#store/counts/places';
import { mapInParallel } from '#store/in-parallel';
import { tasksBetween } from '#store/tasks';
import { fits, MAX_TASKS_LOOKED_AT, type Part, type Place, placeOf, type Search } from './walk.ts';

const SPANS_AT_ONCE = 8;
const MAX_TASKS_PER_READ = 1_000;

/**
 * The next Finished tasks: at least `wanted`, unless there are no more, fewer fill a page, or too many others lie
 * between them. 1 RCU for each 4 KB of the tasks read, and for each 4 KB of counts and places.
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
  const so: SoFar = { tasks: [], read: 0, spans: 0, bytes: 0 };
  let [ahead, stop]: [readonly Span[], Stop | undefined] = [spans, undefined];
  while (ahead.length > 0 && !isEnough(so, place.wanted)) {
    const { limit, atOnce } = nextReads(so, place.wanted);
    for (const { span, page, last } of await readEach(job, ahead.slice(0, place.search.isRest ? 1 : atOnce), limit)) {
      note(so, page, (task) => isFound(task, job, { ...place, span }));
      stop = { shard: span.shard, after: last ?? span.to };
      ahead = [...after(span, stop), ...ahead.slice(1)];
      // What lies behind it comes later.
      if (last !== undefined) break;
    }
  }
  return { ...so, stop: ahead.length > 0 ? stop : undefined };
}

/** What was found, how many tasks and spans were read for it, and about what it takes on a page. */
type SoFar = { readonly tasks: Task[]; read: number; spans: number; bytes: number };

function isEnough({ tasks, read, bytes }: SoFar, wanted: number): boolean {
  return tasks.length >= wanted || bytes >= MAX_PAGE_BYTES || read - tasks.length >= MAX_TASKS_LOOKED_AT;
}

function note(so: SoFar, page: readonly Task[], isFound: (task: Task) => boolean): void {
  const found = page.filter(isFound);
  so.tasks.push(...found);
  so.read += page.length;
  so.spans += 1;
  for (const { input = '', result = '' } of found) so.bytes += input.length + result.length;
}

/** In the rest, the last id of a span belongs to a place, whose tasks have been found. */
function isFound(task: Task, job: Job, at: Wanted & { span: Span }): boolean {
  return fits(task, job, at) && !(at.search.isRest && task.taskId === at.span.to);
}

/** Twice as many as are likely to have the wanted ones among them, and in how many spans these are. */
function nextReads({ tasks, read, spans }: SoFar, wanted: number): { limit: number; atOnce: number } {
  if (read === 0) return { limit: Math.min(MAX_TASKS_PER_READ, wanted), atOnce: 1 };
  const share = (tasks.length + 1) / (read + 1);
  const needed = Math.ceil((2 * (wanted - tasks.length)) / share);
  return {
    limit: Math.min(MAX_TASKS_PER_READ, needed),
    atOnce: Math.min(SPANS_AT_ONCE, Math.ceil((needed * spans) / read)),
  };
}

/** The first tasks of each span; `last` is the id of the last one if there are more. */
function readEach({ jobId }: Job, spans: readonly Span[], limit: number) {
  return mapInParallel(spans, SPANS_AT_ONCE, async (span) => {
    const { tasks, more } = await tasksBetween(shardKey(jobId, span.shard), span, limit);
    return { span, page: tasks, last: more ? tasks.at(-1)?.taskId : undefined };
  });
}
