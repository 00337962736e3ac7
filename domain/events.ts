/**
 * Events: who did what to a job, and when. An act leaves the facts of its event in the record that it changes, in the
 * same guarded write. The functions here read events back from records: so a crash after the write loses no event.
 */
import * as z from 'zod';
import type { AbortMode, BystanderFate } from '#domain/aborts/plan';
import type { Job, RequeueScope } from '#domain/jobs/job';
import type { SettledEvent } from '#domain/tasks/events';
import { MalformedRecord } from './errors.ts';
import { ABORT_MOVES, JOB_MOVES } from './moves.ts';
import { PRIORITIES } from './priorities.ts';

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

/** An event, and the job of its story. */
export type Told = { readonly jobId: string; readonly event: JobEvent };

/** The id of an event within its job. It sorts by time; of two events with the same id, the first one written stays. */
export function eventIdOf(event: JobEvent): string {
  return `${event.at}#${event.type}#${keyOf(event)}`;
}

function keyOf(event: JobEvent): string {
  if (event.type === 'TasksAdded') return String(event.taskTotal);
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

function parseJson(text: string, context: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `keptEvent is not JSON: ${error}` });
    return z.NEVER;
  }
}
