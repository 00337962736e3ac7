/** Where in the dispatch index a server looks: under all keys of a batch group, or, where it is quiet, under one. */

import { KEYS_PER_GROUP, keysOfGroup, MIXED_GROUPS } from '#domain/jobs/dispatch-groups';
import { turnOf } from '#domain/priorities';
import { type Dispatched, dispatchedJobs } from '#store/reads/dispatch';

/** How many jobs a look reads under each key: less than 4 KB, so it costs 0.5 RCU whatever waits. */
const JOBS_PER_KEY = 16;
/** After a nudge the index may lag: until then the server looks everywhere. */
const EXPECTED_MS = 2_000;

/** The looks of one server. */
export class Looks {
  readonly #isTold: () => boolean;
  /** The groups in which there may be jobs that were not seen yet, each until a time. */
  readonly #expectedUntilMs = new Map<string, number>();
  /** The first turn under each key as it was read last; a key without jobs is not there. */
  readonly #turns = new Map<string, string>();
  /** Servers begin at different places, so that together they look everywhere soon. */
  #place = Math.floor(Math.random() * KEYS_PER_GROUP);

  /** `isTold`: whether the server would be nudged for a job that it may claim. If not, it looks everywhere. */
  constructor(isTold: () => boolean) {
    this.#isTold = isTold;
  }

  /** When the turn of the first job comes that was seen; undefined if none was. */
  get nextTurn(): string | undefined {
    const [first] = [...this.#turns.values()].sort();
    return first;
  }

  /** There may be a new job in these groups. */
  expect(batchGroups: readonly string[]): void {
    for (const group of batchGroups) this.#expectedUntilMs.set(group, Date.now() + EXPECTED_MS);
  }

  /**
   * The most urgent jobs of these groups. A group in which no job is in turn is read under one key, the next one with
   * each look; if there is a job, it is read under all keys, so that the order is that of ranks. 0.5 RCU a key.
   */
  async read(batchGroups: readonly string[]): Promise<Dispatched> {
    this.#place = (this.#place + 1) % KEYS_PER_GROUP;
    this.expect(batchGroups.filter((group) => !this.#expectedUntilMs.has(group)));
    const keys = this.#keysOf(batchGroups);
    const jobs = await this.#readAt(keys, batchGroups);
    const wanted = this.#keysOf(batchGroups);
    return wanted.every((key) => keys.includes(key)) ? jobs : this.#readAt(wanted, batchGroups);
  }

  #keysOf(batchGroups: readonly string[]): string[] {
    return batchGroups.flatMap((group) => {
      const keys = keysOfGroup(group);
      return this.#isBusy(group, keys) ? keys : keys.slice(this.#place, this.#place + 1);
    });
  }

  #isBusy(group: string, keys: readonly string[]): boolean {
    const nowMs = Date.now();
    const now = new Date(nowMs).toISOString();
    const isExpected = (this.#expectedUntilMs.get(group) ?? 0) > nowMs;
    return isExpected || !this.#isTold() || keys.some((key) => (this.#turns.get(key) ?? '~') <= now);
  }

  async #readAt(keys: readonly string[], batchGroups: readonly string[]): Promise<Dispatched> {
    const dispatched = await dispatchedJobs(keys, JOBS_PER_KEY);
    for (const key of [...keys, MIXED_GROUPS]) this.#turns.delete(key);
    for (const { dispatchGroup, rank, batchGroups: own } of dispatched.jobs) {
      if (!own.some((group) => batchGroups.includes(group))) continue;
      const [turn, before] = [turnOf(rank), this.#turns.get(dispatchGroup)];
      if (before === undefined || turn < before) this.#turns.set(dispatchGroup, turn);
    }
    return dispatched;
  }
}
