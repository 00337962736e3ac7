/** The jobs of one priority in their order, read page by page. */
import { isInTurn, type Priority } from '#domain/priorities';
import { type DispatchedJob, dispatchedAfter } from '#store/reads/dispatch';

export const JOBS_PER_PAGE = 50;
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

/** The jobs of one priority in which this server may find a task. */
export class PriorityJobs {
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
