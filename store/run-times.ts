/** How long attempts of each handler took. Servers add their counts with their heartbeats. */
import * as z from 'zod';
import { type RunTimes, runTimesSchema } from '#domain/tasks/run-times';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { parseEach } from '#store/dynamodb/parse-record';
import { readItems } from '#store/dynamodb/read';

/** Adds counts of attempts to those of a handler. 1 WCU. */
export async function addRunTimes(handler: string, counts: RunTimes): Promise<void> {
  await guardedWrite({ table: 'runTimes', key: { handler }, add: counts, when: [] });
}

/**
 * The counts of these handlers, which may lag a moment behind; those that never ran are left out, and malformed ones
 * are logged and left out. 0.5 RCU each.
 */
export async function readRunTimes(handlers: readonly string[]): Promise<Map<string, RunTimes>> {
  const wanted = [...new Set(handlers)].map((handler) => ({ table: 'runTimes', key: { handler } }) as const);
  const found = await readItems(wanted, { consistent: false });
  return new Map(
    found.flatMap(({ item }) =>
      parseEach(countsSchema, 'runTimes', [item]).map((counts) => [String(item.handler), counts] as const),
    ),
  );
}

/** The buckets are the record's other attributes. */
const countsSchema = z
  .looseObject({ handler: z.string() })
  .transform(({ handler: _handler, lastWrite: _lastWrite, ...counts }) => counts)
  .pipe(runTimesSchema);
