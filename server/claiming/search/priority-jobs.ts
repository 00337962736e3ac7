/** The jobs of one priority in their order, read page by page. */
import { isInTurn, PRIORITIES, type Priority } from '#domain/priorities';
import { type Dispatched, type DispatchedJob, dispatchedAfter } from '#store/reads/dispatch';
import type { ReadyTaskKey } from '#store/tasks';

const JOBS_PER_PAGE = 50;
/** If this number of pages of one priority has no task for this server, the search ends. */
const MAX_PAGES = 20;

type FirstPage = {
  readonly priority: Priority;
  readonly jobs: readonly DispatchedJob[];
  /** The rank of the last job read, if there are more. */
  readonly cut: string | undefined;
  /** The groups that the server serves. */
  readonly batchGroups: readonly string[];
};

/**
 * The jobs of one priority, the keys found in the last of them that are not used yet, whether some are left, and
 * whether of a job in which nothing was found only a part was searched.
 */
export type Row = { readonly jobs: PriorityJobs; keys: ReadyTaskKey[]; leavesSome: boolean; isPart: boolean };

/** The jobs of one priority in which this server may find a task. */
class PriorityJobs {
  readonly #priority: Priority;
  readonly #batchGroups: readonly string[];
  #jobs: DispatchedJob[];
  #cut: string | undefined;
  #pages = 1;

  constructor({ priority, jobs, cut, batchGroups }: FirstPage) {
    this.#priority = priority;
    this.#batchGroups = batchGroups;
    this.#jobs = [...jobs];
    this.#cut = cut;
  }

  /** The next job whose turn has come and that has tasks of the server's groups; undefined if there is none. */
  async next(): Promise<DispatchedJob | undefined> {
    const now = new Date().toISOString();
    for (;;) {
      for (let job = this.#jobs.shift(); job; job = this.#jobs.shift()) if (this.#mayTake(job, now)) return job;
      if (this.#cut === undefined || !isInTurn(this.#cut, now) || this.#pages >= MAX_PAGES) return undefined;
      await this.#readPage(this.#cut);
    }
  }

  #mayTake({ rank, batchGroups }: DispatchedJob, now: string): boolean {
    return isInTurn(rank, now) && batchGroups.some((group) => this.#batchGroups.includes(group));
  }

  async #readPage(rank: string): Promise<void> {
    const page = await dispatchedAfter(this.#batchGroups, { priority: this.#priority, rank }, JOBS_PER_PAGE);
    this.#jobs = page.jobs;
    this.#cut = page.cuts.get(this.#priority);
    this.#pages += 1;
  }
}

/** The jobs by priority; with `reserved`, those of ReservedCapacity only. */
export function rowsOf(
  { jobs, cuts }: Dispatched,
  { batchGroups, reserved }: { readonly batchGroups: readonly string[]; readonly reserved: boolean },
): Map<Priority, Row> {
  const priorities = reserved ? PRIORITIES.slice(-1) : PRIORITIES;
  const rows = priorities.flatMap((priority) => {
    const own = jobs.filter((job) => job.priority === priority);
    if (own.length === 0) return [];
    const page = { priority, jobs: own, cut: cuts.get(priority), batchGroups };
    const row: Row = { jobs: new PriorityJobs(page), keys: [], leavesSome: false, isPart: false };
    return [[priority, row] as const];
  });
  return new Map(rows);
}
