/** Everything that the server writes about its attempts, repeated until it is written. */
import type { Job } from '#domain/jobs/job';
import type { Task } from '#domain/tasks/task';
import { afterAttempt } from '#engine/after-end';
import { startJob } from '#engine/jobs/start-job';
import { noteWaiting } from '#engine/tasks/claimed';
import type { Ending } from '#server/execution/ending';
import { RecentValues } from '#server/recent-values';
import { persist } from './persist.ts';
import { recordEnd, type StopReason } from './record-end.ts';

/** Whether the server holds another task of the job, and whether there is time for more. */
type Look = { isJobOpen(): boolean; mayGoOn(checked: number): boolean };
type Attempt = { readonly task: Task; readonly job: Job; readonly stopReason?: StopReason };

/** Writes the records of attempts until the server has ended. */
export class Recorder {
  readonly #serverEnd: AbortSignal;
  /** The writes that start jobs, by job, run and the last act on it: only these make a job Waiting again. */
  readonly #jobStarts = new RecentValues<Promise<void>>();

  constructor(serverEnd: AbortSignal) {
    this.#serverEnd = serverEnd;
  }

  /** Moves the job to Executing, if this is the first task of it that starts. */
  async recordStart({ task, job }: Attempt): Promise<void> {
    if (job.status !== 'Waiting') return;
    const key = JSON.stringify([job.jobId, job.run, job.keptEvent]);
    const start = this.#jobStarts.get(key) ?? this.#persist(() => startJob(task));
    this.#jobStarts.set(key, start);
    await start;
  }

  /** Notes that the forced stop waits for the handler, which cannot be ended from within. */
  async recordUnmanagedWait(task: Task): Promise<void> {
    await this.#persist(() => noteWaiting(task, 'UnmanagedWait'));
  }

  /** Writes how the attempt ended; returns whether its task may be Ready again. */
  async recordEnd(attempt: Attempt, ending: Ending, endedAt: string): Promise<boolean> {
    let isReady = false;
    await this.#persist(async () => {
      isReady = await recordEnd(attempt, ending, endedAt);
    });
    return isReady;
  }

  /**
   * Does what follows a recorded end. While the server holds another task of the job, the job cannot end: what follows
   * the last one checks whether it has.
   */
  async followEnd({ task, job, stopReason }: Attempt, isReady: boolean, look: Look): Promise<void> {
    const abortId = stopReason?.abortId;
    await this.#persist(() => afterAttempt({ job, task, isReady, ...look, abortId }));
  }

  #persist(write: () => Promise<unknown>): Promise<void> {
    return persist(write, this.#serverEnd);
  }
}
