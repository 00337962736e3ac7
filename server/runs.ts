/** The runs of a server: what it has claimed and started, from the start of the handler to the record of its end. */
import { setTimeout as delay } from 'node:timers/promises';
import { RecordRefused } from '#domain/errors';
import type { Job } from '#domain/jobs/job';
import { MAX_ERROR_CHARACTERS } from '#domain/limits';
import { cancelOrder } from '#domain/servers/server';
import { retryDelaySeconds } from '#domain/tasks/retries';
import type { StopCause } from '#domain/tasks/settlement';
import type { Task } from '#domain/tasks/task';
import { afterAttempt } from '#engine/after';
import { startJob } from '#engine/jobs/start-job';
import { noteWaiting } from '#engine/tasks/claimed';
import { failTask } from '#engine/tasks/fail-task';
import { finishTask } from '#engine/tasks/finish-task';
import { settleTask } from '#engine/tasks/settle-task';
import type { Ending } from '#server/execution/ending';
import type { Executor } from '#server/execution/executor';
import type { Running } from '#server/execution/run';
import { log } from './log.ts';
import { createSignal } from './signal.ts';

/** Records of an end are written again until they stand: only a fence or the process's own end gives up. */
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

export type Stop = { readonly cause: StopCause; readonly abortId?: string };
type Run = {
  readonly task: Task;
  readonly job: Job;
  readonly running: Running;
  readonly startedMs: number;
  stop?: Stop;
  /** Set when its end stands. */
  recorded?: true;
  /** Its handler has ended: it takes no slot any more. */
  ended?: true;
};

export type Runs = ReturnType<typeof createRuns>;

/** Creates the set of runs; `slotFree` is called when a handler has ended, `recorded` when its end stands. */
export function createRuns(
  executor: Executor,
  on: { slotFree(): void; recorded(): void; finished(handler: string, seconds: number): void },
) {
  const runs = new Map<string, Run>();
  const ended = createSignal();
  /** The writes of the starts of jobs, as these were read: tasks that are claimed together share one. */
  const begun = new WeakMap<Job, Promise<void>>();

  /** The first task of a job that starts moves it; its handler does not wait for that, but the record of its end does. */
  async function begin({ task, job }: Run): Promise<void> {
    if (job.status !== 'Waiting') return;
    const writing = begun.get(job) ?? persist(() => startJob(task));
    begun.set(job, writing);
    await writing;
  }

  /** The end as it was when the slot became free: the record of it may take longer. */
  async function endOf(run: Run): Promise<{ ending: Ending; endedAt: string }> {
    const ending = await run.running.ended;
    run.ended = true;
    const endedAt = new Date().toISOString();
    on.slotFree();
    return { ending, endedAt };
  }

  /** While another task of the job is open here the job cannot end: the last one to be recorded looks whether it has. */
  function holdsOpen({ jobId }: Job): boolean {
    return [...runs.values()].some((run) => run.task.jobId === jobId && !run.recorded);
  }

  async function follow(claimId: string, run: Run): Promise<void> {
    const [{ ending, endedAt }] = await Promise.all([endOf(run), begin(run)]);
    if (ending.outcome === 'Finished') on.finished(run.task.handler, (Date.now() - run.startedMs) / 1000);
    // What a restart stops is settled when the container is proven stopped, and not before.
    const isLeft = ending.outcome === 'Stopped' && run.stop?.cause === 'ServerRestart';
    if (!isLeft) await record(run, ending, endedAt);
    runs.delete(claimId);
    ended.set();
    on.recorded();
  }

  async function record(run: Run, ending: Ending, endedAt: string): Promise<void> {
    let isReady = false;
    await persist(async () => {
      isReady = (await recordSomeEnd(run, ending, endedAt)) || isReady;
    });
    run.recorded = true;
    const { job, task, stop } = run;
    await persist(() => afterAttempt({ job, task, isReady, isJobOpen: holdsOpen(job), abortId: stop?.abortId }));
  }

  return {
    /** Starts the handler of a claimed task at once; what is to be written about the start follows. */
    start(task: Task, job: Job): void {
      const claimId = task.claimId ?? '';
      const running = executor.start({
        jobId: task.jobId,
        taskId: task.taskId,
        attempt: task.attempt,
        handler: task.handler,
        input: task.input === undefined ? undefined : JSON.parse(task.input),
        ...(task.timeoutSeconds === undefined ? {} : { timeoutSeconds: task.timeoutSeconds }),
      });
      const run = { task, job, running, startedMs: Date.now() };
      runs.set(claimId, run);
      running.onUnmanagedWait(() => void persist(() => noteWaiting(task, 'UnmanagedWait')));
      void follow(claimId, run);
    },
    /** Tells the handlers of the job that a cancel order names that it is cancelled, those that were claimed before that was heard. */
    tellCancelled(order: string, heardAt: string): void {
      for (const { task, running } of runs.values()) {
        if (cancelOrder(task) === order && (task.startedAt ?? '') <= heardAt) running.tell('Cancelling');
      }
    },
    /** Stops the run of a claim by force; nothing happens when it has ended. */
    stop(claimId: string, why: Stop): void {
      const run = runs.get(claimId);
      if (!run) return;
      run.stop ??= why;
      run.running.stop();
    },
    tellAll(): void {
      for (const run of runs.values()) run.running.tell('ServerStopping');
    },
    stopAll(why: Stop): void {
      for (const claimId of runs.keys()) this.stop(claimId, why);
    },
    /** The tasks of the runs, as they were claimed. */
    tasks: () => [...runs.values()].map((run) => run.task),
    has: (claimId: string) => runs.has(claimId),
    count: () => runs.size,
    /** How many slots jobs with ReservedCapacity take. */
    countReserved: () =>
      [...runs.values()].filter((run) => run.job.priority === 'ReservedCapacity' && !run.ended).length,
    /** Waits until every run has ended and is recorded; false when that takes longer. */
    async allEnded(limitMs: number): Promise<boolean> {
      const deadlineMs = Date.now() + limitMs;
      while (runs.size > 0 && Date.now() < deadlineMs) await ended.wait(deadlineMs - Date.now());
      return runs.size === 0;
    },
  };
}

/** An end that DynamoDB refuses for good would be tried for ever, and its job would never end: instead it is an Error that fits. */
async function recordSomeEnd(run: Run, ending: Ending, now: string): Promise<boolean> {
  try {
    return await recordEnd(run, ending, now);
  } catch (error) {
    if (!(error instanceof RecordRefused)) throw error;
    log('The end of a task cannot be kept as it is; it is recorded as an error.', { error, taskId: run.task.taskId });
    const instead = { name: 'EndNotKept', message: error.message.slice(0, MAX_ERROR_CHARACTERS) };
    await failTask({ ...run.task, attempts: [] }, instead, { now });
    return false;
  }
}

/** Writes the end; whether the task is Ready again. */
async function recordEnd({ task, stop }: Run, ending: Ending, now: string): Promise<boolean> {
  if (ending.outcome === 'Finished') {
    await finishTask(task, JSON.stringify(ending.result), now);
    return false;
  }
  if (ending.outcome === 'Error') {
    const { name, message } = ending.error;
    return (await failTask(task, { name, message }, { now, ...retryOf(task) })) === 'Retrying';
  }
  // Stopped for a task abort, it was most likely Cancelling when that was planned; what it really is decides.
  const held: Task = stop?.abortId === undefined ? task : { ...task, status: 'Cancelling' };
  const why = { cause: stop?.cause ?? 'ServerStopped', abortId: stop?.abortId } as const;
  const fate = await settleTask(held, why, now);
  // Undefined, it may be Ready by an earlier call that was cut off: to offer its job once too often does no harm.
  return fate === 'restart' || fate === undefined;
}

function retryOf(task: Task): { retryAt?: string } {
  if (task.failures >= task.maxRetries) return {};
  const delayMs = retryDelaySeconds(task.failures + 1, Math.random()) * 1000;
  return { retryAt: new Date(Date.now() + delayMs).toISOString() };
}

/** Each write here is guarded by its claim and may be repeated, so that a fault is answered by doing it again. */
async function persist(write: () => Promise<unknown>): Promise<void> {
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(MAX_RETRY_MS, waitMs * 2)) {
    try {
      await write();
      return;
    } catch (error) {
      log('A record could not be written; it is tried again.', { error, waitMs });
      await delay(waitMs);
    }
  }
}
