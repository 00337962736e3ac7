/** What the list is filtered by in the page, because the API does not filter by it. */
import type { Job } from '#console/api/types.ts';

export const CANCELLING_FOR = 'cancellingFor';
export const LONG = ['5 minutes', '1 hour', '1 day'] as const;
export const ENDED_SINCE = 'endedSince';
export const WAITS_FOR = 'waitsFor';
export const A_SERVER = 'a server';

/** Conditions, and what the API is asked so that jobs that meet them come early. */
export type Conditions = {
  readonly status?: string;
  readonly order?: 'oldest';
  /** A job that was cancelled at least so long ago, and still is Cancelling. */
  readonly cancellingMs?: number;
  /** A job that ended then or later. */
  readonly endedSinceMs?: number;
  /** A job with tasks that no live server can run. */
  readonly lacksServer: boolean;
};

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** The conditions among the named properties of a filter. */
export function conditionsIn(named: Readonly<Record<string, string>>): Conditions {
  const long = named[CANCELLING_FOR];
  const endedSince = named[ENDED_SINCE];
  const lacksServer = named[WAITS_FOR] !== undefined;
  return {
    ...(long !== undefined && { status: 'Cancelling', order: 'oldest', cancellingMs: msOf(long) }),
    ...(lacksServer && { status: 'Waiting,Executing', order: 'oldest' }),
    ...(endedSince !== undefined && { endedSinceMs: Date.parse(endedSince) }),
    lacksServer,
  };
}

/** Whether a job meets the conditions on its own record: all but those on its waits. */
export function meetsOwn(job: Job, conditions: Conditions, nowMs: number): boolean {
  return hasEndedSince(job, conditions) && isCancellingLong(job, conditions, nowMs);
}

/** No job has ended since a time that makes no sense. */
function hasEndedSince({ endedAt }: Job, { endedSinceMs }: Conditions): boolean {
  return endedSinceMs === undefined || (endedAt !== undefined && Date.parse(endedAt) >= endedSinceMs);
}

function isCancellingLong({ status, cancel }: Job, { cancellingMs }: Conditions, nowMs: number): boolean {
  if (cancellingMs === undefined) return true;
  return status === 'Cancelling' && cancel !== undefined && nowMs - Date.parse(cancel.requestedAt) >= cancellingMs;
}

/** No job has been cancelled for longer than a time that makes no sense. */
function msOf(long: string): number {
  const [, count = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(long) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? Number.POSITIVE_INFINITY);
}
