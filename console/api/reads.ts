/** What pages read, and how often. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Client, JobEvent, Request } from '#client/client';
import { MOVING_MS, STILL_MS } from '#client/pace';
import { usePreferences } from '#console/app/preferences.ts';
import { useClient } from '#console/app/session.tsx';
import { ONGOING_JOB_STATUSES } from '#domain/statuses';

/** A plan that is shown is compared with the present this often. */
const PLAN_MS = 5_000;
const EVENTS_OF_A_READ = 100;
/** Of a longer story the first events are shown, and that there are more. */
export const MAX_EVENTS = 10_000;
/** Parts of a page that show the same within this time share one read. */
const SHARED_MS = 1_000;

/** The statuses of jobs that have not ended. */
export const OPEN_JOBS = [...ONGOING_JOB_STATUSES, 'Cancelling'].join(',');

type Read<Seen> = {
  /** What tells this read from all others. */
  readonly key: readonly unknown[];
  readonly read: (client: Client, signal: AbortSignal) => Promise<Seen>;
  /** Whether the record still moves; else it is read less often. */
  readonly moves?: (seen: Seen) => boolean;
  readonly everyMs?: number;
  /** Whether it never changes: then it is read once, and says nothing of how old the page is. */
  readonly isFixed?: boolean;
  /** Whether the frame of all pages shows it: it says nothing of how old the page is, either. */
  readonly isOfFrame?: boolean;
  readonly isEnabled?: boolean;
};

/** Reads, and reads again for as long as the page is seen and refreshing is on. */
export function useRead<Seen>({
  key,
  read,
  moves = () => true,
  everyMs,
  isFixed = false,
  isOfFrame = false,
  isEnabled = true,
}: Read<Seen>) {
  const client = useClient();
  const [{ refreshing }] = usePreferences();
  // Fixed for as long as the page is open: a new period on each render would begin to wait anew.
  const [jitter] = useState(() => 0.9 + Math.random() * 0.2);
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => read(client, signal),
    enabled: isEnabled,
    placeholderData: keepPreviousData,
    staleTime: SHARED_MS,
    meta: { isAgeless: isFixed || isOfFrame },
    refetchInterval: ({ state }) => {
      if (!refreshing || isFixed) return false;
      return jitter * (everyMs ?? (state.data !== undefined && moves(state.data) ? MOVING_MS : STILL_MS));
    },
  });
}

const isOpen = ({ endedAt }: { readonly endedAt?: string | undefined }) => endedAt === undefined;
const someOpen = ({ items }: { readonly items: readonly { readonly endedAt?: string | undefined }[] }) =>
  items.some(isOpen);

export const useJobs = (query: Request<'GET /jobs'>['query']) =>
  useRead({
    key: ['jobs', query],
    read: (client, signal) => client.call('GET /jobs', { query, signal }),
    moves: someOpen,
  });

/** The newest open jobs of a group. */
export const useOpenJobs = (batchGroup: string, isEnabled: boolean) =>
  useRead({
    key: ['jobs', 'open', batchGroup],
    read: (client, signal) => client.call('GET /jobs', { query: { batchGroup, status: OPEN_JOBS }, signal }),
    moves: () => false,
    isEnabled,
  });

export const useJob = (jobId: string, isEnabled = true) =>
  useRead({
    key: ['job', jobId],
    read: (client, signal) => client.call('GET /jobs/{jobId}', { path: { jobId }, signal }),
    moves: isOpen,
    isEnabled,
  });

export const useTasks = (jobId: string, query: Request<'GET /jobs/{jobId}/tasks'>['query']) =>
  useRead({
    key: ['tasks', jobId, query],
    read: (client, signal) => client.call('GET /jobs/{jobId}/tasks', { path: { jobId }, query, signal }),
    moves: someOpen,
  });

export const useTask = (jobId: string, taskId: string, everyMs?: number) =>
  useRead({
    key: ['task', jobId, taskId],
    read: (client, signal) => client.call('GET /jobs/{jobId}/tasks/{taskId}', { path: { jobId, taskId }, signal }),
    moves: isOpen,
    ...(everyMs !== undefined && { everyMs }),
  });

/** What the job waits for, or this task of it. */
export const useWaiting = (jobId: string, isEnabled: boolean, taskId?: string) =>
  useRead({
    key: ['waiting', jobId, taskId],
    read: (client, signal) =>
      client.call('GET /jobs/{jobId}/waiting', { path: { jobId }, query: { ...(taskId && { taskId }) }, signal }),
    isEnabled,
  });

/** The job's whole story up to `MAX_EVENTS`, oldest first as the API has it; a long one is read less often. */
export const useJobEvents = (jobId: string) =>
  useRead({
    key: ['events', jobId],
    read: (client, signal) => eventsOf(client, jobId, signal),
    moves: (events) => events.length <= EVENTS_OF_A_READ,
  });

async function eventsOf(client: Client, jobId: string, signal: AbortSignal): Promise<JobEvent[]> {
  const query = { limit: EVENTS_OF_A_READ };
  const events: JobEvent[] = [];
  for await (const event of client.pages('GET /jobs/{jobId}/events', { path: { jobId }, query, signal })) {
    events.push(event);
    if (events.length === MAX_EVENTS) break;
  }
  return events;
}

export const useAudit = (query: Request<'GET /events'>['query']) =>
  useRead({
    key: ['audit', query],
    read: (client, signal) => client.call('GET /events', { query, signal }),
    moves: () => false,
  });

export const usePlan = (jobId: string) =>
  useRead({
    key: ['plan', jobId],
    read: (client, signal) => client.call('GET /jobs/{jobId}/abort-plan', { path: { jobId }, signal }),
    everyMs: PLAN_MS,
  });

export const useAborts = (query: Request<'GET /aborts'>['query'], isOfFrame = false) =>
  useRead({
    key: ['aborts', query],
    read: (client, signal) => client.call('GET /aborts', { query, signal }),
    moves: someOpen,
    isOfFrame,
  });

export const useAbort = (abortId: string) =>
  useRead({
    key: ['abort', abortId],
    read: (client, signal) => client.call('GET /aborts/{abortId}', { path: { abortId }, signal }),
    moves: isOpen,
  });

export const useServers = (isEnabled = true) =>
  useRead({ key: ['servers'], read: (client, signal) => client.call('GET /servers', { signal }), isEnabled });

export const useGroups = () =>
  useRead({ key: ['groups'], read: (client, signal) => client.call('GET /groups', { signal }), moves: () => false });

export const useHandlers = () =>
  useRead({
    key: ['handlers'],
    read: (client, signal) => client.call('GET /handlers', { signal }),
    moves: () => false,
  });

export const useFeatures = () =>
  useRead({
    key: ['features'],
    read: (client, signal) => client.call('GET /features', { signal }),
    moves: () => false,
  });
