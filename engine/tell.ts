/**
 * Telling: events are copied from the records that prove them to the table of events, where they stay. Telling an event again changes nothing,
 * so it follows each act, and is repeated before a write makes a record forget what it proves.
 */
import type { Abort } from '#domain/aborts/abort';
import { eventsOfAbort, eventsOfJob, type JobEvent, type Told } from '#domain/events';
import type { Job } from '#domain/jobs/job';
import { putEvent } from '#store/events';
import { inParallel } from '#store/in-parallel';

const EVENTS_AT_ONCE = 8;

/** Tells each event in the story of its job. 1 WCU each, also when it was told before. */
export async function tell(told: readonly Told[]): Promise<void> {
  await inParallel(told, EVENTS_AT_ONCE, ({ jobId, event }) => putEvent(jobId, event));
}

/** Tells events that the job's record proves; all of them unless named. */
export async function tellJob(job: Job, events: readonly (JobEvent | undefined)[] = eventsOfJob(job)): Promise<void> {
  await tell(events.flatMap((event) => (event ? { jobId: job.jobId, event } : [])));
}

/** Tells all events that the abort's record proves, in the stories of all jobs that it concerns. */
export async function tellAbort(abort: Abort): Promise<void> {
  await tell(eventsOfAbort(abort));
}
