/** Acts of people on a job whose event its record alone would not prove: hold, release, change of priority, growth. */
import { Refusal } from '#domain/errors';
import { type KeptEvent, keptEvent, keptText } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { tellJob } from '#engine/tell';
import type { Condition, Item } from '#store/dynamodb/guarded-write';
import type { JobMoved } from '#store/jobs';

/** Each attempt that fails means that somebody else has acted on the job in between. */
export const MAX_ACT_ATTEMPTS = 10;

type Act = {
  eventOf(seen: Job): KeptEvent;
  /** The guarded write, which adds its own changes and conditions to these. */
  write(seen: Job, change: { readonly set: Item; readonly when: readonly Condition[] }): Promise<JobMoved>;
  /** Whether a refused write is to be tried again on the job as it is now. One that lost to another act always is. */
  isOvertaken?(now: Job): boolean;
};

/**
 * Makes a change and keeps its event, by one guarded write that `write` completes. A job keeps one such event: the one before is told
 * first, and the write is refused if another act has come between. 1 WCU for each of the two events, beside the write.
 * @throws Refusal TooManyRequests after `MAX_ACT_ATTEMPTS`
 */
export async function actOnJob(job: Job, { eventOf, write, isOvertaken = () => false }: Act): Promise<JobMoved> {
  let seen = job;
  for (let attempt = 0; attempt < MAX_ACT_ATTEMPTS; attempt += 1) {
    await tellJob(seen, [keptEvent(seen)]);
    const moved = await write(seen, { set: { keptEvent: keptText(eventOf(seen)) }, when: [sameEvent(seen)] });
    if (moved.moved) {
      await tellJob(moved.job, [keptEvent(moved.job)]);
      return moved;
    }
    const now = moved.job;
    if (!now || (now.keptEvent === seen.keptEvent && !isOvertaken(now))) return moved;
    seen = now;
  }
  throw new Refusal('TooManyRequests', 'Others are changing this job at the same time; try again.');
}

function sameEvent({ keptEvent }: Job): Condition {
  return keptEvent === undefined
    ? { attribute: 'keptEvent', exists: false }
    : { attribute: 'keptEvent', in: [keptEvent] };
}
