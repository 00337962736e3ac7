/**
 * Acts of people on a job whose event the changed fields alone do not prove: hold, release, change of priority, growth.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '#domain/errors';
import { type KeptEvent, keptEvent, keptText } from '#domain/events';
import { type Once, wasDone } from '#domain/jobs/idempotency';
import type { Job } from '#domain/jobs/job';
import { type Keeping, keeping } from '#engine/idempotency';
import { tellJob } from '#engine/tell-events';
import type { Condition } from '#store/dynamodb/expressions';
import type { JobMoved } from '#store/jobs';

/** A lost round means that another act changed the job in between. */
export const MAX_ACT_ROUNDS = 20;
/** Drawn anew before each round, so that acts at the same moment come one after the other. */
const MAX_WAIT_MS = 200;

type Act = {
  readonly once: Once | undefined;
  eventOf(seen: Job): KeptEvent;
  /** The guarded write. It adds its own changes and conditions to these. */
  write(seen: Job, change: Keeping): Promise<JobMoved>;
  /**
   * Whether to try a refused write again on the job as it is now. A write that lost to another act is always tried
   * again.
   */
  isOvertaken?(now: Job): boolean;
};

/**
 * Makes a change and keeps its event, in the one guarded write of `write`. A job keeps one such event: this tells the
 * previous one first, and the write is refused if another act came between. 1 WCU for each of the two events, beside
 * the write. A repeat of a request with a key counts as moved, and returns the job as it is now.
 * @throws Refusal IdempotencyKeyReused; TooManyRequests after `MAX_ACT_ROUNDS`
 */
export async function actOnJob(job: Job, { once, eventOf, write, isOvertaken = () => false }: Act): Promise<JobMoved> {
  let seen = job;
  for (let round = 0; round < MAX_ACT_ROUNDS; round += 1) {
    if (wasDone(seen, once)) return { moved: true, job: seen };
    await tellJob(seen, [keptEvent(seen)]);
    const { set, when } = keeping(seen, once);
    const event = { keptEvent: keptText(eventOf(seen)) };
    const moved = await write(seen, { set: { ...set, ...event }, when: [sameEvent(seen), ...when] });
    if (moved.moved) {
      await tellJob(moved.job, [keptEvent(moved.job)]);
      return moved;
    }
    const now = moved.job;
    if (!now || (isSame(now, seen, once) && !isOvertaken(now))) return moved;
    seen = now;
    await sleep(Math.random() * MAX_WAIT_MS);
  }
  throw new Refusal('TooManyRequests', 'Others are changing this job at the same time; try again.');
}

/** Whether no other act was first. */
function isSame(now: Job, seen: Job, once: Once | undefined): boolean {
  return now.keptEvent === seen.keptEvent && (!once || now.keptRequests === seen.keptRequests);
}

function sameEvent({ keptEvent }: Job): Condition {
  return keptEvent === undefined
    ? { attribute: 'keptEvent', exists: false }
    : { attribute: 'keptEvent', in: [keptEvent] };
}
