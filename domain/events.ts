/**
 * Events: who did what to a job, and when. An act leaves the facts of its event in the record that it changes, in the
 * same guarded write. The functions here read events back from records: so a crash after the write loses no event.
 */
import { z } from 'zod';
import { type Abort, isWithdrawn } from '#domain/aborts/abort';
import type { AbortMode, BystanderFate } from '#domain/aborts/plan';
import type { Job, RequeueScope } from '#domain/jobs/job';
import type { Task } from '#domain/tasks/task';
import { ABORT_MOVES, JOB_MOVES } from './moves.ts';
import { PRIORITIES } from './priorities.ts';

const JOB_ENDS = [JOB_MOVES.finish.to, JOB_MOVES.fail.to, JOB_MOVES.endCancel.to];
const ABORT_ENDS = [ABORT_MOVES.complete.to, ABORT_MOVES.withdraw.to, ABORT_MOVES.fail.to];

const authorSchema = z.object({
  /** The id of the user. */
  by: z.string(),
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

type Happened = { readonly at: string };
type OfAbort = { readonly abortId: string };

/** What happened to a task whose attempt was ended by force. */
type SettledEvent = Happened & {
  readonly type: 'TaskRestarting' | 'TaskInterrupted' | 'TaskStopped';
  readonly taskId: string;
  readonly attempt: number;
  readonly serverId: string;
  readonly cause: string;
  readonly abortId?: string | undefined;
};

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

/** The events that a job's record proves, oldest first. */
export function eventsOfJob(job: Job): JobEvent[] {
  const events = [startEvent(job), keptEvent(job), requeueEvent(job), cancelEvent(job), endEvent(job)];
  return events.flatMap((event) => event ?? []).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** The event as a job's record keeps it. */
export function keptText(event: KeptEvent): string {
  return JSON.stringify(event);
}

/** The event of the job's last hold, release, change of priority or growth; undefined if there was none. */
export function keptEvent({ keptEvent: text }: Job): JobEvent | undefined {
  return text === undefined ? undefined : keptEventSchema.parse(JSON.parse(text));
}

/** The event of the job's start; undefined before it. */
export function startEvent({ startedAt, startedBy }: Job): JobEvent | undefined {
  return startedAt === undefined ? undefined : { at: startedAt, type: 'JobExecuting', ...startedBy };
}

/** The event of the job's requeue, until its tasks are ready again. */
export function requeueEvent({ requeue, run }: Job): JobEvent | undefined {
  if (!requeue) return undefined;
  const { requestedBy: by, requestedAt: at, from, scope } = requeue;
  return { at, type: 'JobRequeued', by, from, scope, run };
}

/** The event of the job's cancel; undefined if it was not cancelled. */
export function cancelEvent({ cancel }: Job): JobEvent | undefined {
  if (!cancel) return undefined;
  const { requestedBy: by, requestedAt: at, from, reason } = cancel;
  return { at, type: 'JobCancelling', by, from, reason };
}

/** The event of the job's end; undefined before it. */
export function endEvent({ endedAt, status }: Job): JobEvent | undefined {
  const end = JOB_ENDS.find((each) => each === status);
  return endedAt === undefined || !end ? undefined : { at: endedAt, type: `Job${end}` };
}

/** The event of an attempt that was ended by force; undefined if the attempt still runs or ended otherwise. */
export function eventOfAttempt(task: Task, number: number): SettledEvent | undefined {
  const ended = task.attempts.find(({ attempt }) => attempt === number);
  if (!ended?.cause || ended.endedAt === undefined) return undefined;
  const { attempt, serverId, endedAt: at, cause, abortId } = ended;
  const isStopped = ended.outcome === 'Cancelled';
  const type = isStopped ? 'TaskStopped' : task.restartable ? 'TaskRestarting' : 'TaskInterrupted';
  return { at, type, taskId: task.taskId, attempt, serverId, cause, abortId };
}

/** The events that an abort's record proves, each with the job of its story. */
export function eventsOfAbort(abort: Abort): Told[] {
  const { abortId, jobId, requestedBy: by, requestedFrom: from, requestedAt: at, reason, mode } = abort;
  return [
    { jobId, event: { at, type: 'AbortRequested', by, from, reason, abortId, mode } },
    ...disruptionsOf(abort),
    ...withdrawalOf(abort),
    ...endsOf(abort),
  ];
}

/** The story of each job whose tasks may be interrupted has an event for that. */
function disruptionsOf({ abortId, jobId: abortedJobId, bystanders, requestedAt: at, requestedBy: by }: Abort): Told[] {
  return [...Map.groupBy(bystanders, (bystander) => bystander.jobId)].map(([jobId, disrupted]) => {
    const tasks = disrupted.map(({ taskId, fate }) => ({ taskId, fate }));
    return { jobId, event: { at, type: 'DisruptedByAbort', by, abortId, abortedJobId, tasks } };
  });
}

function withdrawalOf({ abortId, jobId, withdraw, restarts = [] }: Abort): Told[] {
  if (!withdraw || !isWithdrawn(restarts)) return [];
  return [{ jobId, event: { ...withdraw, type: 'AbortWithdrawRequested', abortId } }];
}

/** The stories of the aborted job and of each disrupted job have an event for the end of the abort. */
function endsOf({ abortId, jobId: abortedJobId, status, endedAt: at, failure, bystanders }: Abort): Told[] {
  const end = ABORT_ENDS.find((each) => each === status);
  if (at === undefined || !end) return [];
  const jobIds = new Set([abortedJobId, ...bystanders.map((bystander) => bystander.jobId)]);
  return [...jobIds].map((jobId) => {
    const whose = jobId === abortedJobId ? {} : { abortedJobId };
    return { jobId, event: { at, type: `Abort${end}`, abortId, ...whose, ...failure } };
  });
}
