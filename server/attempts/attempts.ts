/** The attempts of a server: every task that it has claimed and started, until the end of its handler is recorded. */
import type { Job } from '#domain/jobs/job';
import { cancelOrder } from '#domain/servers/server';
import type { Task } from '#domain/tasks/task';
import type { Ending } from '#server/execution/ending';
import type { Executor } from '#server/execution/executor';
import type { AttemptHandle } from '#server/execution/running-attempt';
import { WakeSignal } from '#server/wake-signal';
import type { StopReason } from './record-end.ts';
import { Recorder } from './recorder.ts';

/** Of the tasks that depend on one, this number is checked even if the time of the attempts is over. */
const FEW = 100;

type AttemptsOptions = {
  readonly executor: Executor;
  /** Aborted when the server has ended: then no write is repeated any more. */
  readonly serverEnd: AbortSignal;
  /** A handler has ended, after this number of milliseconds. */
  onSlotFree(tookMs: number): void;
  /** A handler has returned a result after this number of seconds. */
  onFinished(handler: string, seconds: number): void;
  /** The end of an attempt is recorded, and what follows from it is done. */
  onRecorded(): void;
  /** Whether the server holds a task of the job that has not started. Its start or its return asks again. */
  isClaimed(jobId: string): boolean;
};
type Attempt = {
  readonly task: Task;
  readonly job: Job;
  readonly handle: AttemptHandle;
  readonly startedMs: number;
  stopReason?: StopReason;
  /** The handler has ended: the attempt takes no slot any more. */
  isEnded: boolean;
  isRecorded: boolean;
};

/** The attempts that are not yet recorded, by the ids of their claims. */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #byClaim = new Map<string, Attempt>();
  readonly #removed = new WakeSignal();
  readonly #recorder: Recorder;
  /** The time of the attempts is over: what follows their ends must end soon, too. */
  #isOver = false;
  /** Why the server stops. It is also why a program ended that heard the signal sooner than its server. */
  #serverStop: StopReason | undefined;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#recorder = new Recorder(options.serverEnd);
  }

  /** Starts the handler of a claimed task at once; the records of the start follow. */
  start(task: Task, job: Job): void {
    const claimId = task.claimId ?? '';
    const handle = this.#options.executor.start({
      jobId: task.jobId,
      taskId: task.taskId,
      attempt: task.attempt,
      handler: task.handler,
      input: task.input === undefined ? undefined : JSON.parse(task.input),
      ...(task.timeoutSeconds === undefined ? {} : { timeoutSeconds: task.timeoutSeconds }),
    });
    const attempt = { task, job, handle, startedMs: Date.now(), isEnded: false, isRecorded: false };
    this.#byClaim.set(claimId, attempt);
    handle.onUnmanagedWait(() => void this.#recorder.recordUnmanagedWait(task));
    void this.#follow(claimId, attempt);
  }

  /** Tells the handlers of a cancel order's job to end early, if they were claimed before the order was heard. */
  tellCancelled(order: string, heardAt: string): void {
    for (const { task, handle } of this.#byClaim.values()) {
      if (cancelOrder(task) === order && (task.startedAt ?? '') <= heardAt) handle.tell('Cancelling');
    }
  }

  /** Tells every handler that the server stops. */
  tellServerStopping(why: StopReason): void {
    this.#serverStop = why;
    for (const { handle } of this.#byClaim.values()) handle.tell('ServerStopping');
  }

  /** Stops the attempt of a claim by force. Does nothing if it has ended; the first reason counts. */
  stop(claimId: string, reason: StopReason): void {
    const attempt = this.#byClaim.get(claimId);
    if (!attempt) return;
    attempt.stopReason ??= reason;
    attempt.handle.stop();
  }

  /** Stops every attempt by force. */
  stopAll(reason: StopReason): void {
    this.#isOver = true;
    for (const claimId of this.#byClaim.keys()) this.stop(claimId, reason);
  }

  /** Waits until every attempt has ended and is recorded; false if that takes longer than the limit. */
  async allRecorded(limitMs: number): Promise<boolean> {
    const deadlineMs = Date.now() + limitMs;
    while (this.count > 0 && Date.now() < deadlineMs) await this.#removed.wait(deadlineMs - Date.now());
    return this.count === 0;
  }

  /** The tasks of the attempts, as they were claimed. */
  get tasks(): Task[] {
    return [...this.#byClaim.values()].map(({ task }) => task);
  }

  get count(): number {
    return this.#byClaim.size;
  }

  /** How many slots jobs with ReservedCapacity take. */
  get reservedCount(): number {
    const attempts = [...this.#byClaim.values()];
    return attempts.filter(({ job, isEnded }) => job.priority === 'ReservedCapacity' && !isEnded).length;
  }

  has(claimId: string): boolean {
    return this.#byClaim.has(claimId);
  }

  async #follow(claimId: string, attempt: Attempt): Promise<void> {
    // The handler does not wait for the record of its start; the record of its end does.
    const [{ ending, endedAt }] = await Promise.all([this.#awaitEnd(attempt), this.#recorder.recordStart(attempt)]);
    if (ending.outcome === 'Stopped' && this.#serverStop) attempt.stopReason ??= this.#serverStop;
    const { task, startedMs, stopReason } = attempt;
    if (ending.outcome === 'Finished') this.#options.onFinished(task.handler, (Date.now() - startedMs) / 1000);
    // What a restart stops is settled once the container is proven to have stopped, and not before.
    const isLeft = ending.outcome === 'Stopped' && stopReason?.cause === 'ServerRestart';
    if (!isLeft) await this.#record(attempt, ending, endedAt);
    this.#byClaim.delete(claimId);
    this.#removed.set();
    this.#options.onRecorded();
  }

  /** The time of the end is when the slot became free; the record may be written later. */
  async #awaitEnd(attempt: Attempt): Promise<{ ending: Ending; endedAt: string }> {
    const ending = await attempt.handle.ended;
    attempt.isEnded = true;
    const endedAt = new Date().toISOString();
    this.#options.onSlotFree(Date.now() - attempt.startedMs);
    return { ending, endedAt };
  }

  async #record(attempt: Attempt, ending: Ending, endedAt: string): Promise<void> {
    const isReady = await this.#recorder.recordEnd(attempt, ending, endedAt);
    attempt.isRecorded = true;
    await this.#recorder.followEnd(attempt, isReady, {
      isJobOpen: () => this.#holdsTaskOf(attempt.job),
      mayGoOn: (checked) => checked <= FEW || !this.#isOver,
    });
  }

  #holdsTaskOf({ jobId }: Job): boolean {
    const attempts = [...this.#byClaim.values()];
    return (
      this.#options.isClaimed(jobId) || attempts.some(({ task, isRecorded }) => task.jobId === jobId && !isRecorded)
    );
  }
}
