/** Jobs that are remembered in one process; the oldest is forgotten first. */
const MAX_JOBS = 5_000;

/** What is remembered of the jobs that were set last. */
export class RecentJobs<T> {
  readonly #byJob = new Map<string, T>();

  get(jobId: string): T | undefined {
    return this.#byJob.get(jobId);
  }

  set(jobId: string, value: T): void {
    this.#byJob.delete(jobId);
    this.#byJob.set(jobId, value);
    const [oldest] = this.#byJob.keys();
    if (this.#byJob.size > MAX_JOBS && oldest !== undefined) this.#byJob.delete(oldest);
  }

  delete(jobId: string): void {
    this.#byJob.delete(jobId);
  }
}
