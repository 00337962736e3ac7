/** How long attempts took, counted by handler and written after a heartbeat. */
import { bucketOf } from '#domain/tasks/run-times';
import { addRunTimes } from '#store/run-times';

/** The counts that this server has not written yet. They are a statistic: if the server dies, they are lost. */
export class RunTimeCounter {
  #counts = new Map<string, Record<string, number>>();

  /** Counts an attempt of this handler that took this number of seconds. */
  add(handler: string, seconds: number): void {
    const counts = this.#counts.get(handler) ?? {};
    const bucket = bucketOf(seconds);
    this.#counts.set(handler, { ...counts, [bucket]: (counts[bucket] ?? 0) + 1 });
  }

  /** Writes the counts, 1 WCU a handler. Counts whose write fails are lost. */
  async write(): Promise<void> {
    const counted = this.#counts;
    this.#counts = new Map();
    for (const [handler, counts] of counted) await addRunTimes(handler, counts);
  }
}
