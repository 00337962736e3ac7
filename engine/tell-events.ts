/**
 * Telling: copies events from the records that prove them to the table of events, where they stay. Telling an event
 * again changes nothing, so it follows each act and is repeated before a write removes its proof from a record.
 */
import type { Abort } from '#domain/aborts/abort';
import { eventsOfAbort } from '#domain/aborts/events';
import { changeEvent, eventsOfJob, type JobEvent, SYSTEM_STORY, type Told } from '#domain/events';
import type { Feature } from '#domain/feature';
import type { Group } from '#domain/group';
import type { Job } from '#domain/jobs/job';
import { putEvent } from '#store/events';
import { inParallel } from '#store/in-parallel';

const EVENTS_AT_ONCE = 8;

/** Tells each event in its story. 1 WCU each, even if it was told before. */
export async function tell(told: readonly Told[]): Promise<void> {
  await inParallel(told, EVENTS_AT_ONCE, ({ jobId, event }) => putEvent(jobId, event));
}

/**
 * Tells events that the job's record proves: the named ones, or all. 1 WCU each.
 * @throws MalformedRecord if the event that the record keeps is malformed
 */
export async function tellJob(job: Job, events: readonly (JobEvent | undefined)[] = eventsOfJob(job)): Promise<void> {
  await tell(events.flatMap((event) => (event ? { jobId: job.jobId, event } : [])));
}

/** Tells all events that the abort's record proves, in the stories of all jobs that it concerns. */
export async function tellAbort(abort: Abort): Promise<void> {
  await tell(eventsOfAbort(abort));
}

/** Tells the last change of a feature or a batch group. 1 WCU if it was told before, else 2. */
export async function tellChange(record: Feature | Group): Promise<void> {
  const event = changeEvent(record);
  if (event) await tell([{ jobId: SYSTEM_STORY, event }]);
}
