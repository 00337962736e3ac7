/** Events: every act that changes something, kept with its job. */
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { documents, tableName } from './client.ts';
import { queryPage } from './read.ts';

export const eventSchema = z.looseObject({ at: z.string(), type: z.string() });
export type JobEvent = z.infer<typeof eventSchema>;

/**
 * Keeps an event of a job. The time, type and `key` name it: writing it again does no harm, so that an act
 * that is completed after a crash leaves one event, not two.
 */
export async function putEvent(jobId: string, event: JobEvent, key = ''): Promise<void> {
  await documents.send(
    new PutCommand({
      TableName: tableName('events'),
      Item: { ...event, jobId, eventId: `${event.at}#${event.type}#${key}` },
    }),
  );
}

/** A page of a job's events, oldest first. `cursor` is the id after which the next page starts. */
export async function listEvents(
  jobId: string,
  page: { after?: string | undefined; limit: number },
): Promise<{ events: JobEvent[]; cursor?: string }> {
  const reply = await queryPage({
    table: 'events',
    partition: ['jobId', jobId],
    limit: page.limit,
    consistent: true,
    after: page.after === undefined ? undefined : { jobId, eventId: page.after },
  });
  const cursor = z.object({ eventId: z.string() }).safeParse(reply.next).data?.eventId;
  return { events: reply.items.map(toEvent), ...(cursor === undefined ? {} : { cursor }) };
}

function toEvent(item: unknown): JobEvent {
  const { jobId: _jobId, eventId: _eventId, ...event } = eventSchema.parse(item);
  return event;
}
