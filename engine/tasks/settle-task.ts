/** Settlement: the attempt of a task was ended by force, or died with its server. Its record and its event are written here. */
import { eventOfAttempt } from '#domain/events';
import { endedAttempts, type Fate, fateOf, type StopCause } from '#domain/tasks/settlement';
import { readyKey, type Task } from '#domain/tasks/task';
import { tell } from '#engine/tell';
import { taskEndOf } from '#store/expiry';
import { clearEndings, noteEndings } from '#store/servers';
import { toTask } from '#store/tasks';
import { ENDED, HELD, moveClaimed } from './claimed.ts';

/** Why an attempt was ended by force, and in the name of which abort. */
export type Why = { readonly cause: StopCause; readonly abortId?: string | undefined };

/**
 * Settles a task that this server, which is alive, has stopped: see `settleHeld`. The server's record names the attempt until its event is told:
 * if the server dies in between, its own settlement tells it. 6 WCU.
 */
export async function settleTask(task: Task, why: Why, now: string): Promise<Fate | undefined> {
  const { serverId = '' } = task;
  await noteEndings(serverId, [task]);
  const fate = await settleHeld(task, why, now);
  await clearEndings(serverId, [task]);
  return fate;
}

/**
 * Settles a held task; the caller has proof that the attempt runs no more, and has noted it on the server. Returns what was done, or undefined
 * if the claim did not hold the task any more; the event of an earlier call that was cut off is told. 3 WCU, and 1 for the event.
 */
export async function settleHeld(task: Task, why: Why, now = new Date().toISOString()): Promise<Fate | undefined> {
  let seen: Task | undefined = task;
  while (seen) {
    const fate = fateOf(seen);
    if (!fate) return undefined;
    const written = await moveClaimed(seen, fate, settlementOf(seen, fate, { ...why, now }));
    const current = written.item && toTask(written.item);
    // Still held, it was most likely marked for stopping in between: decided again from what it is now. Each round sees a later status.
    if (current?.claimId !== task.claimId) {
      const done = current && (await tellSettled(current, task.attempt));
      return written.applied ? done : undefined;
    }
    seen = current;
  }
  return undefined;
}

/** Tells the event of an attempt that was ended by force, as the task's record proves it; returns what was done. */
export async function tellSettled(task: Task, attempt: number): Promise<Fate | undefined> {
  const event = eventOfAttempt(task, attempt);
  if (!event) return undefined;
  await tell([{ jobId: task.jobId, event }]);
  return FATES[event.type];
}

function settlementOf(task: Task, fate: Fate, { now, cause, abortId }: Why & { now: string }) {
  if (fate === 'stop') {
    const attempts = endedAttempts(task, { endedAt: now, outcome: 'Cancelled', cause, abortId });
    return { set: { attempts, ...taskEndOf(now), abortId }, remove: ENDED };
  }
  const attempts = endedAttempts(task, { endedAt: now, outcome: 'Interrupted', cause, abortId });
  if (fate === 'restart') return { set: { attempts, readyKey: readyKey(task) }, remove: HELD };
  return { set: { attempts, ...taskEndOf(now), cause, abortId }, remove: ENDED };
}

const FATES = { TaskRestarting: 'restart', TaskInterrupted: 'interrupt', TaskStopped: 'stop' } as const;
