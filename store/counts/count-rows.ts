/** What all processes have changed in the counts of a job, since the base that its record has. */
import * as z from 'zod';
import {
  addCounts,
  type Job,
  noTasks,
  type PartialCounts,
  partialCountsSchema,
  type TaskCounts,
} from '#domain/jobs/job';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { parseEach } from '#store/dynamodb/parse-record';
import { queryAll } from '#store/dynamodb/read';
import { taskExpiryOf } from '#store/expiry';
import { type Span, spansIn } from './places.ts';
import { talliesOf } from './tallies.ts';

const rowSchema = z.object({
  part: z.string(),
  counts: partialCountsSchema,
  at: z.string(),
  doubtAt: z.string().optional(),
  /** Where the process has last finished a task. */
  place: z.string().optional(),
});
/** A row of the table `counts`: the tally of one process, or the correction of a recount. */
export type CountRow = z.infer<typeof rowSchema>;

type Counted = Pick<Job, 'jobId' | 'run'>;

/** The rows of the job's run. Malformed ones are logged and left out. 0.5 RCU for each 4 KB, 1 if consistent. */
export async function readCountRows({ jobId, run }: Counted, { consistent = true } = {}): Promise<CountRow[]> {
  const partition = ['jobId', jobId] as const;
  const [from, to] = [['part', `${run}#`] as const, ['part', `${run}#~`] as const];
  return parseEach(rowSchema, 'counts', await queryAll({ table: 'counts', partition, from, to, consistent }));
}

/** The key of the row with all the places of the process whose tally has this key: lists of counts do not read it. */
export function placesPart(part: string): string {
  return `places#${part}`;
}

const placesSchema = z.object({ places: z.string() });

/**
 * Where processes have finished tasks in this run of the job, as far as their rows say it; `rows` are those of the
 * counts. 1 RCU for each 4 KB: a few of them in the largest job.
 */
export async function readPlaces({ jobId, run }: Counted, rows: readonly CountRow[]): Promise<Span[]> {
  const prefix = placesPart(`${run}#`);
  const [from, to] = [['part', prefix] as const, ['part', `${prefix}~`] as const];
  const items = await queryAll({ table: 'counts', partition: ['jobId', jobId], from, to, consistent: true });
  const kept = parseEach(placesSchema, 'counts', items).map(({ places }) => places);
  const own = talliesOf(jobId).flatMap((tally) => (tally.run === run ? [tally.places.all] : []));
  return spansIn([...kept, ...rows.flatMap(({ place = [] }) => place), ...own]);
}

/** Instead of the name of a process, in the row of the last recount. */
const CORRECTION = 'counted';

/** The correction of the last recount, if there was one. */
export function correctionIn(rows: readonly CountRow[]): CountRow | undefined {
  return rows.find(({ part }) => part.endsWith(`#${CORRECTION}`));
}

/** Whether a process has doubted the counts since the last recount: moves may be missing in them. */
export function areDoubted(rows: readonly CountRow[]): boolean {
  const countedAt = correctionIn(rows)?.at ?? '';
  return rows.some(({ doubtAt = '' }) => doubtAt > countedAt);
}

/** Corrects the counts of the job's run by a recount that began then, unless a later one has. 1 WCU. */
export async function writeCorrection({ jobId, run }: Counted, to: { at: string; counts: PartialCounts }) {
  await guardedWrite({
    table: 'counts',
    key: { jobId, part: `${run}#${CORRECTION}` },
    set: { ...to, expiresAt: taskExpiryOf(to.at) },
    when: [{ attribute: 'at', notAfter: to.at }],
  });
}

/** The base and the rows together, and what this process has counted since it wrote its own row. */
export function sumOfRows(base: Partial<TaskCounts>, rows: readonly CountRow[], { jobId, run }: Counted): TaskCounts {
  const counts = addCounts(noTasks(), base);
  const own = new Map(talliesOf(jobId).flatMap((tally) => (tally.run === run ? [[tally.part, tally.counts]] : [])));
  for (const { part, counts: others } of rows) if (!own.has(part)) addCounts(counts, others);
  for (const tally of own.values()) addCounts(counts, tally);
  return counts;
}
