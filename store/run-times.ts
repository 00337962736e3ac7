/** How long the runs of each handler have taken. Servers add what they have seen with their heartbeats: 1 WCU for each handler that ended. */
import { type RunTimes, runTimesSchema } from '#domain/tasks/run-times';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { readItems } from '#store/dynamodb/read';

/** Adds counts of runs to what is known of a handler. */
export async function addRunTimes(handler: string, counts: RunTimes): Promise<void> {
  await guardedWrite({ table: 'runTimes', key: { handler }, add: counts, when: [] });
}

/** What is known of these handlers; those that never ran are left out. */
export async function readRunTimes(handlers: readonly string[]): Promise<Map<string, RunTimes>> {
  const found = await readItems([...new Set(handlers)].map((handler) => ({ table: 'runTimes', key: { handler } })));
  return new Map(
    found.map(({ item }) => {
      const { handler, lastWrite: _lastWrite, ...counts } = item;
      return [String(handler), runTimesSchema.parse(counts)];
    }),
  );
}
