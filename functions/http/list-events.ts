import { endEvent, type Job } from '#domain/jobs/job';
import { route } from '#functions/middleware/route';
import { type EventPage, listEvents } from '#store/events';
import { getJob } from '#store/jobs';

/** `GET /jobs/{jobId}/events`: who did what to the job, oldest first. */
export const handler = route('list-events', async ({ path, query }) => {
  const job = await getJob(path.jobId);
  const { events, ...rest } = await listEvents(job.jobId, { after: query.cursor, limit: query.limit });
  return { items: withEnd(job, { events, after: query.cursor, ...rest }), ...rest };
});

/** A crash can leave an ended job without its last event: then the job's record supplies it, at its place. */
function withEnd(job: Job, { events, after = '', cursor = '~' }: EventPage & { after?: string | undefined }) {
  const end = endEvent(job);
  if (!end || events.some(({ at, type }) => at === end.at && type === end.type)) return events;
  const id = `${end.at}#${end.type}`;
  if (id < after || id > cursor) return events;
  return [...events.filter(({ at }) => at <= end.at), end, ...events.filter(({ at }) => at > end.at)];
}
