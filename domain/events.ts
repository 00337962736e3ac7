/**
 * Events: who did what to a job or to the system, and when. An act leaves the facts of its event in the record that it
 * changes, in the same guarded write. The functions here read events back from records: so a crash after the write
 * loses no event.
 */
import * as z from 'zod';
import type { AbortMode, BystanderFate } from '#domain/aborts/plan';
import type { Job, RequeueScope } from '#domain/jobs/job';
import type { SettledEvent } from '#domain/tasks/events';
import { MalformedRecord } from './errors.ts';
import type { Feature, FeatureName } from './feature.ts';
import type { Group } from './group.ts';
import { PRIORITIES, type Priority } from './priorities.ts';
import { ABORT_MOVES, JOB_MOVES } from './status-moves.ts';

const JOB_ENDS = [JOB_MOVES.finish.to, JOB_MOVES.fail.to, JOB_MOVES.endCancel.to];
/** The statuses that an abort ends with. */
export const ABORT_ENDS = [ABORT_MOVES.complete.to, ABORT_MOVES.withdraw.to, ABORT_MOVES.fail.to];

const authorSchema = z.object({
  /** The id of the user. */
  by: z.string(),
  byName: z.string().optional(),
  /** The address of the request. */
  from: z.string().optional(),
  /** ISO-8601, UTC. */
  at: z.string(),
  reason: z.string().optional(),
});
/** Who acts, from which address, when and why. */
export type Author = Readonly<z.infer<typeof authorSchema>>;

const keptEventSchema = z.discriminatedUnion('type', [
  authorSchema.extend({ type: z.enum(['JobHeld', 'JobReleased']) }),
  authorSchema.extend({ type: z.literal('PriorityChanged'), before: z.enum(PRIORITIES), after: z.enum(PRIORITIES) }),
  authorSchema.extend({ type: z.literal('TasksAdded'), tasks: z.number(), taskTotal: z.number() }),
]);
/** An event that the job's record keeps until the next one of these: no other field proves it. */
export type KeptEvent = Readonly<z.infer<typeof keptEventSchema>>;

const keptTextSchema = z.string().transform(parseJson).pipe(keptEventSchema);

/** An event of the system itself. The record of the feature or batch group proves it until the next change. */
export type SystemEvent =
  | (Author & {
      readonly type: 'FeatureChanged';
      readonly feature: FeatureName;
      readonly before?: boolean | undefined;
      readonly after: boolean;
    })
  | (Author & {
      readonly type: 'GroupChanged';
      readonly batchGroup: string;
      /** The default priority; absent if the group had none. */
      readonly before?: Priority | undefined;
      readonly after: Priority;
    });
/** The `jobId` of the events of the system itself; no job has it. */
export const SYSTEM_STORY = 'system';

type Happened = { readonly at: string };
type OfAbort = { readonly abortId: string };

/** An event of a job's story, by its type. */
export type JobEvent =
  | KeptEvent
  | (Author & { readonly type: 'JobSubmitted'; readonly name: string; readonly tasks: number })
  | (Author & { readonly type: 'JobCancelling' })
  | (Author & { readonly type: 'JobRequeued'; readonly scope: RequeueScope; readonly run: number })
  | (Happened & {
      readonly type: 'JobExecuting';
      readonly taskId?: string | undefined;
      readonly serverId?: string | undefined;
    })
  | (Happened & { readonly type: `Job${(typeof JOB_ENDS)[number]}` })
  | SettledEvent
  | (Author & OfAbort & { readonly type: 'AbortRequested'; readonly mode: AbortMode })
  | (Author &
      OfAbort & {
        readonly type: 'DisruptedByAbort';
        readonly abortedJobId: string;
        readonly tasks: readonly { readonly taskId: string; readonly fate: BystanderFate }[];
      })
  | (Author & OfAbort & { readonly type: 'AbortWithdrawRequested' })
  | (Happened &
      OfAbort & {
        readonly type: `Abort${(typeof ABORT_ENDS)[number]}`;
        /** Set in the story of a disrupted job. */
        readonly abortedJobId?: string;
        readonly step?: string;
        readonly reason?: string;
      });

/** An event, and the job of its story, or `SYSTEM_STORY`. */
export type Told = { readonly jobId: string; readonly event: JobEvent | SystemEvent };

/** The id of an event in its story. It sorts by time; of two events with the same id, the first one written stays. */
export function eventIdOf(event: Told['event']): string {
  return `${event.at}#${event.type}#${keyOf(event)}`;
}

function keyOf(event: Told['event']): string {
  if (event.type === 'TasksAdded') return String(event.taskTotal);
  if (event.type === 'FeatureChanged') return `${event.feature}#${event.before ?? ''}-${event.after}`;
  if (event.type === 'GroupChanged') return `${event.batchGroup}#${event.before ?? ''}-${event.after}`;
  if (event.type === 'PriorityChanged') return `${event.before}-${event.after}`;
  if ('attempt' in event) return event.taskId;
  return 'abortId' in event ? event.abortId : '';
}

/**
 * The events that a job's record proves, oldest first.
 * @throws MalformedRecord like `keptEvent`
 */
export function eventsOfJob(job: Job): JobEvent[] {
  const events = [startEvent(job), keptEvent(job), requeueEvent(job), cancelEvent(job), endEvent(job)];
  return events.flatMap((event) => event ?? []).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** The event as a job's record keeps it. */
export function keptText(event: KeptEvent): string {
  return JSON.stringify(event);
}

/**
 * The event of the job's last hold, release, change of priority or growth; undefined if there was none.
 * @throws MalformedRecord if the text that the record keeps is no such event
 */
export function keptEvent({ jobId, keptEvent: text }: Job): KeptEvent | undefined {
  if (text === undefined) return undefined;
  const parsed = keptTextSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new MalformedRecord({ table: 'jobs', key: { jobId } }, parsed.error);
}

/** The event of the job's start; undefined before it. */
export function startEvent({ startedAt, startedBy }: Job): JobEvent | undefined {
  return startedAt === undefined ? undefined : { at: startedAt, type: 'JobExecuting', ...startedBy };
}

/** The event of the job's requeue, until its tasks are ready again. */
export function requeueEvent({ requeue, run }: Job): JobEvent | undefined {
  if (!requeue) return undefined;
  const { requestedBy: by, requestedByName: byName, requestedAt: at, from, scope } = requeue;
  return { at, type: 'JobRequeued', by, byName, from, scope, run };
}

/** The event of the job's cancel; undefined if it was not cancelled. */
export function cancelEvent({ cancel }: Job): JobEvent | undefined {
  if (!cancel) return undefined;
  const { requestedBy: by, requestedByName: byName, requestedAt: at, from, reason } = cancel;
  return { at, type: 'JobCancelling', by, byName, from, reason };
}

/** The event of the job's end; undefined before it. */
export function endEvent({ endedAt, status }: Job): JobEvent | undefined {
  const end = JOB_ENDS.find((each) => each === status);
  return endedAt === undefined || !end ? undefined : { at: endedAt, type: `Job${end}` };
}

/** The event of the last change of a feature or a batch group; undefined if no one has changed it. */
export function changeEvent(record: Feature | Group): SystemEvent | undefined {
  const { changedBy: by, changedByName: byName, changedFrom: from, changedAt: at } = record;
  if (by === undefined || at === undefined) return undefined;
  const author = { by, byName, from, at };
  if ('name' in record)
    return { ...author, type: 'FeatureChanged', feature: record.name, before: record.before, after: record.enabled };
  const { batchGroup, before, defaultPriority: after } = record;
  return after && { ...author, type: 'GroupChanged', batchGroup, before, after };
}

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `keptEvent is not JSON: ${error}` });
    return z.NEVER;
  }
}
