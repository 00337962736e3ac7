/** Collects how long runs took, and hands it in with the heartbeat. */
import { bucketOf } from '#domain/tasks/run-times';
import { addRunTimes } from '#store/run-times';

/** Creates the collection of a server. What was seen and not handed in yet is lost with the server: it is a statistic. */
export function createRunTimes() {
  let seen = new Map<string, Record<string, number>>();
  return {
    add(handler: string, seconds: number): void {
      const counts = seen.get(handler) ?? {};
      const bucket = bucketOf(seconds);
      seen.set(handler, { ...counts, [bucket]: (counts[bucket] ?? 0) + 1 });
    },
    async handIn(): Promise<void> {
      const handed = seen;
      seen = new Map();
      for (const [handler, counts] of handed) await addRunTimes(handler, counts);
    },
  };
}
