/** The audit of the whole system: which events it shows. */
import type { Told } from '#domain/events';

/** The types of events that an audit of the whole system shows: what people did, and how aborts ended. */
export const AUDITED_TYPES = [
  'JobSubmitted',
  'TasksAdded',
  'JobHeld',
  'JobReleased',
  'PriorityChanged',
  'JobCancelling',
  'JobRequeued',
  'AbortRequested',
  'DisruptedByAbort',
  'AbortWithdrawRequested',
  'AbortCompleted',
  'AbortWithdrawn',
  'AbortFailed',
  'FeatureChanged',
  'GroupChanged',
] as const satisfies readonly Told['event']['type'][];

/** How lists by time may be ordered: the newest first, or the oldest. */
export const ORDERS = ['newest', 'oldest'] as const;

/** Whether an audit shows the event. The end of an abort is shown once, as part of the story of the aborted job. */
export function isAudited(event: Told['event']): boolean {
  const isCopy = event.type !== 'DisruptedByAbort' && 'abortedJobId' in event && event.abortedJobId !== undefined;
  return AUDITED_TYPES.some((type) => type === event.type) && !isCopy;
}
