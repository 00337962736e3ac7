/**
 * Settlement: an attempt was ended by force, or died with its server. The functions here write its record and its
 * event.
 */
import { eventOfAttempt } from '#domain/tasks/events';
import { endedAttempts, type Fate, fateOf, LOST_TOO_OFTEN, lossesOf, type Stop } from '#domain/tasks/settlement';
import { returnedKey, statusKey, type Task } from '#domain/tasks/task';
import { tell } from '#engine/tell-events';
import { taskEndOf } from '#store/expiry';
import { clearEndings, noteEndings } from '#store/servers';
import { HELD, toTask } from '#store/tasks';
import { ENDED, moveClaimed } from './claimed.ts';

/** Why an attempt was ended by force, and by which abort. */
export type Why = Stop & {
  readonly abortId?: string | undefined;
  /** Why its server stopped, in the words of ECS. */
  readonly reason?: string | undefined;
};

/**
 * Settles a task that this live server has stopped, like `settleHeld`. The server's record names the attempt until
 * after its event: if the server dies in between, its own settlement tells the event. 6 WCU.
 * @throws RecordRefused like `moveClaimed`
 */
export async function settleTask(task: Task, why: Why, now: string): Promise<Fate | undefined> {
  const { serverId = '' } = task;
  await noteEndings(serverId, [task]);
  const fate = await settleHeld(task, why, now);
  await clearEndings(serverId, [task]);
  return fate;
}

/**
 * Settles a held task. The caller has proof that the attempt no longer runs, and has noted it on the server. Returns
 * the task's fate, or undefined if the claim no longer held the task. Also tells the event of an earlier call that was
 * cut off. 3 WCU, 1 more for an end, and 1 for the event.
 * @throws RecordRefused like `moveClaimed`
 */
export async function settleHeld(task: Task, why: Why, now = new Date().toISOString()): Promise<Fate | undefined> {
  let seen: Task | undefined = task;
  while (seen) {
    const fate = fateOf(seen, why);
    if (!fate) return undefined;
    const written = await moveClaimed(seen, fate, settlementOf(seen, fate, { ...why, now }));
    const current = written.item && toTask(written.item);
    // A task still held was most likely marked for stopping in between: decide again. Each round sees a later status.
    if (current?.claimId !== task.claimId) {
      const done = current && (await tellSettled(current, task.attempt));
      return written.applied ? done : undefined;
    }
    seen = current;
  }
  return undefined;
}

/** Tells the event of an attempt that was ended by force, as the task's record proves it; returns the task's fate. */
export async function tellSettled(task: Task, attempt: number): Promise<Fate | undefined> {
  const event = eventOfAttempt(task, attempt);
  if (!event) return undefined;
  await tell([{ jobId: task.jobId, event }]);
  return FATES[event.type];
}

function settlementOf(task: Task, fate: Fate, { now, isSuspect, ...why }: Why & { now: string }) {
  const { abortId } = why;
  if (fate === 'stop') {
    const attempts = endedAttempts(task, { endedAt: now, outcome: 'Cancelled', ...why });
    return { set: { attempts, ...taskEndOf(now), abortId, readyKey: statusKey(task, 'Cancelled') }, remove: ENDED };
  }
  const losses = lossesOf(task, { ...why, isSuspect });
  const cause = fate === 'interrupt' && task.restartable ? LOST_TOO_OFTEN : why.cause;
  const attempts = endedAttempts(task, { endedAt: now, outcome: 'Interrupted', ...why, cause });
  if (fate === 'restart') return { set: { attempts, losses, readyKey: returnedKey(task) }, remove: HELD };
  const end = { ...taskEndOf(now), cause, abortId, readyKey: statusKey(task, 'Error') };
  return { set: { attempts, losses, ...end }, remove: ENDED };
}

const FATES = { TaskRestarting: 'restart', TaskInterrupted: 'interrupt', TaskStopped: 'stop' } as const;
