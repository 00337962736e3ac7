/**
 * A claim: one run of a task on one server. Every write here is guarded by the claim's own id, so that a server that
 * lost its claim cannot write over its successor. Order of a claim, without which a cancel could be missed: write the task,
 * then read the job. (Cancel writes the job, then reads the tasks. One of the two always sees the other.)
 */
import { randomUUID } from 'node:crypto';
import type { Job } from '#domain/jobs/job';
import { TASK_MOVES } from '#domain/moves';
import { type Server, serverSchema } from '#domain/servers/server';
import { endedAttempts, type Fate, fateOf, type StopCause } from '#domain/tasks/settlement';
import { readyKey, type Task, type TaskError } from '#domain/tasks/task';
import { guardedWrite, type Item, type Written } from '#store/dynamodb/guarded-write';
import { readItems } from '#store/dynamodb/read';
import { taskEndOf } from '#store/expiry';
import { toJob } from '#store/jobs';
import { keyOf, type ReadyTaskKey, toTask } from '#store/tasks';

type TaskMove = keyof typeof TASK_MOVES;

/** What a held task carries and loses when it is given back or ends. */
const HELD = ['serverId', 'claimId', 'startedAt', 'waitingFor'] as const;
/** What a task loses when it becomes final. */
const ENDED = [...HELD, 'openKey', 'readyKey'] as const;

/**
 * Claims a Ready task for the server; undefined when another was faster or the task may not start any more. One that has run since it was found,
 * and is to be tried again after a while, is not the one that was found. 3 WCU.
 */
export async function claimTask(
  key: ReadyTaskKey,
  claim: { serverId: string; now: string },
): Promise<Task | undefined> {
  const claimId = randomUUID();
  const written = await guardedWrite({
    table: 'tasks',
    key: keyOf(key),
    move: TASK_MOVES.claim,
    set: { serverId: claim.serverId, claimId, startedAt: claim.now },
    add: { attempt: 1 },
    remove: ['readyKey'],
    when: [...(key.readyKey === undefined ? [] : [{ attribute: 'readyKey', in: [key.readyKey] }])],
  });
  const task = written.item && toTask(written.item);
  // The claim id, too, tells of a success whose reply was lost and whose record was marked by a cancel since.
  return task?.claimId === claimId ? task : undefined;
}

/** The server and the jobs of what it has just claimed, in one consistent read: 1 RCU each. */
export async function readForStart(
  serverId: string,
  tasks: readonly Task[],
): Promise<{ server?: Server; jobs: Map<string, Job> }> {
  const jobIds = [...new Set(tasks.map((task) => task.jobId))];
  const found = await readItems([
    { table: 'servers', key: { serverId } },
    ...jobIds.map((jobId) => ({ table: 'jobs' as const, key: { jobId } })),
  ]);
  const jobs = found.flatMap(({ table, item }) => (table === 'jobs' ? (toJob(item) ?? []) : []));
  const [server] = found.flatMap(({ table, item }) => (table === 'servers' ? serverSchema.parse(item) : []));
  return { jobs: new Map(jobs.map((job) => [job.jobId, job])), ...(server ? { server } : {}) };
}

/** Gives back a claim whose handler never ran: Ready again (true), or `NotRun` when it was marked for stopping meanwhile. */
export async function undoClaim(task: Task): Promise<boolean> {
  const back = { attempt: task.attempt - 1 };
  const undone = await moveClaimed(task, 'undoClaim', { set: { ...back, readyKey: readyKey(task) }, remove: HELD });
  if (!undone.applied) await dropClaim(task, new Date().toISOString());
  return undone.applied;
}

/** Ends a claim whose handler never ran because its job may not run any more. */
export async function dropClaim(task: Task, now: string): Promise<void> {
  await moveClaimed(task, 'dropClaim', { set: { attempt: task.attempt - 1, ...taskEndOf(now) }, remove: ENDED });
}

/** Records that the handler has returned; false when this claim does not hold the task any more. 3 WCU. */
export async function finishTask(task: Task, result: string | undefined, now: string): Promise<boolean> {
  const attempts = endedAttempts(task, { endedAt: now, outcome: 'Finished' });
  const written = await moveClaimed(task, 'finish', { set: { result, attempts, ...taskEndOf(now) }, remove: ENDED });
  return written.applied;
}

/** Records that the handler has failed: `Ready` again from `retryAt` on while retries are left (`Retrying`), else `Error`. */
export async function failTask(
  task: Task,
  error: TaskError,
  at: { now: string; retryAt?: string },
): Promise<'Retrying' | 'Error' | undefined> {
  const set = {
    attempts: endedAttempts(task, { endedAt: at.now, outcome: 'Error', error }),
    failures: task.failures + 1,
  };
  if (at.retryAt !== undefined) {
    const retried = await moveClaimed(task, 'retry', {
      set: { ...set, readyKey: readyKey(task, at.retryAt) },
      remove: HELD,
    });
    if (retried.applied) return 'Retrying';
  }
  const failed = await moveClaimed(task, 'fail', { set: { ...set, ...taskEndOf(at.now) }, remove: ENDED });
  return failed.applied ? 'Error' : undefined;
}

/**
 * Settles a task whose run was ended by force or died with its server; the caller has proof that it runs no more.
 * Says what was done, or undefined when the task was no longer held by this claim.
 */
export async function settleTask(
  task: Task,
  why: { cause: StopCause; abortId?: string | undefined; now: string },
): Promise<Fate | undefined> {
  let seen: Task | undefined = task;
  while (seen) {
    const fate = fateOf(seen);
    if (!fate) return undefined;
    const written = await moveClaimed(seen, fate, settlementOf(seen, fate, why));
    if (written.applied) return fate;
    // Marked for stopping meanwhile, most likely: decide again from what it is now. Each round sees a later status.
    const now = written.item && toTask(written.item);
    seen = now?.claimId === task.claimId ? now : undefined;
  }
  return undefined;
}

/** Notes what a forced stop waits for, for people to see; it changes no status. */
export async function noteWaiting(task: Task, waitingFor: string): Promise<void> {
  await guardedWrite({
    table: 'tasks',
    key: keyOf(task),
    set: { waitingFor },
    when: [{ attribute: 'claimId', in: [task.claimId] }],
  });
}

function settlementOf(task: Task, fate: Fate, why: { cause: StopCause; abortId?: string | undefined; now: string }) {
  const reason = { cause: why.cause, abortId: why.abortId };
  if (fate === 'stop') {
    const attempts = endedAttempts(task, { endedAt: why.now, outcome: 'Cancelled', ...reason });
    return { set: { attempts, ...taskEndOf(why.now), abortId: why.abortId }, remove: ENDED };
  }
  const attempts = endedAttempts(task, { endedAt: why.now, outcome: 'Interrupted', ...reason });
  if (fate === 'restart') return { set: { attempts, readyKey: readyKey(task) }, remove: HELD };
  return { set: { attempts, ...taskEndOf(why.now), ...reason }, remove: ENDED };
}

function moveClaimed(task: Task, move: TaskMove, change: { set: Item; remove: readonly string[] }): Promise<Written> {
  return guardedWrite({
    table: 'tasks',
    key: keyOf(task),
    move: TASK_MOVES[move],
    ...change,
    when: [
      { attribute: 'serverId', in: [task.serverId] },
      { attribute: 'claimId', in: [task.claimId] },
    ],
  });
}
