/** What pages read, how often, and until when. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePreferences } from '#console/app/preferences.ts';
import { useConnection } from '#console/app/session.tsx';
import type { Connection } from './connection.ts';
import type { Abort, Feature, Group, Handler, Job, JobEvent, Page, Plan, Server, Task, Waiting } from './types.ts';

/** While something moves, and while nothing does. */
const MOVING_MS = 2_000;
const RESTING_MS = 10_000;
/** A plan that is shown is compared with the present this often. */
const PLAN_MS = 5_000;

type Read<T> = {
  readonly path: string;
  /** Whether the record still moves; else it is read again less often. */
  readonly moves?: (value: T) => boolean;
  readonly everyMs?: number;
};

/** Reads a path, and reads it again for as long as the page is seen and refreshing is on. */
function useRead<T>({ path, moves = () => true, everyMs }: Read<T>, isEnabled = true) {
  const connection = useConnection();
  const [{ refreshing }] = usePreferences();
  // Fixed for as long as the page is open: a new period on each render would begin to wait anew.
  const [jitter] = useState(() => 0.9 + Math.random() * 0.2);
  return useQuery({
    ...readOf<T>(connection, path),
    enabled: isEnabled,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => {
      if (!refreshing) return false;
      return jitter * (everyMs ?? (state.data !== undefined && moves(state.data) ? MOVING_MS : RESTING_MS));
    },
  });
}

/** A read by its path: an act makes all reads whose path begins with the record's old. */
function readOf<T>(connection: Connection, path: string) {
  return queryOptions({ queryKey: [path], queryFn: ({ signal }) => connection.get<T>(path, signal) });
}

const isOpen = ({ endedAt }: { readonly endedAt?: string | undefined }) => endedAt === undefined;

export const useJobs = (search: string) =>
  useRead<Page<Job>>({ path: `/jobs${search}`, moves: ({ items }) => items.some(isOpen) });
export const useJob = (jobId: string, isEnabled = true) =>
  useRead<Job>({ path: `/jobs/${jobId}`, moves: isOpen }, isEnabled);
export const useTasks = (jobId: string, search: string) =>
  useRead<Page<Task>>({ path: `/jobs/${jobId}/tasks${search}`, moves: ({ items }) => items.some(isOpen) });
export const useTask = (jobId: string, taskId: string) =>
  useRead<Task>({ path: `/jobs/${jobId}/tasks/${encodeURIComponent(taskId)}`, moves: isOpen });
export const useWaiting = (jobId: string, isEnabled: boolean) =>
  useRead<Page<Waiting>>({ path: `/jobs/${jobId}/waiting` }, isEnabled);
export const useJobEvents = (jobId: string) => useRead<Page<JobEvent>>({ path: `/jobs/${jobId}/events` });
export const usePlan = (jobId: string, isEnabled: boolean) =>
  useRead<Plan>({ path: `/jobs/${jobId}/abort-plan`, everyMs: PLAN_MS }, isEnabled);
export const useAborts = (search = '') =>
  useRead<Page<Abort>>({ path: `/aborts${search}`, moves: ({ items }) => items.some(isOpen) });
export const useAbort = (abortId: string) => useRead<Abort>({ path: `/aborts/${abortId}`, moves: isOpen });
export const useServers = (isEnabled = true) => useRead<Page<Server>>({ path: '/servers' }, isEnabled);
export const useGroups = () => useRead<Page<Group>>({ path: '/groups', moves: () => false });
export const useHandlers = () => useRead<Page<Handler>>({ path: '/handlers', moves: () => false });
export const useFeatures = () => useRead<Page<Feature>>({ path: '/features', moves: () => false });
