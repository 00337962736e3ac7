import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import {
  notifyManager,
  onlineManager,
  type QueryCache,
  type QueryObserverOptions,
  useQueryClient,
} from '@tanstack/react-query';
import { useCallback, useSyncExternalStore } from 'react';
import { timeOfDay } from '#console/parts/durations.ts';
import { usePreferences } from './preferences.ts';

/** How old the page is, and whether it refreshes by itself. */
export function AsOf() {
  const queries = useQueryClient();
  const [{ refreshing }, change] = usePreferences();
  const cache = queries.getQueryCache();
  const oldestMs = useCached(cache, oldestIn);
  const isFailing = useCached(cache, isFailingIn);
  const isConnected = useSyncExternalStore(followConnection, () => onlineManager.isOnline());
  const isOffline = !isConnected || isFailing;
  return (
    <SpaceBetween direction="horizontal" size="xs" alignItems="center">
      <span>
        {Number.isFinite(oldestMs) ? `As of ${timeOfDay(oldestMs)}` : 'Reading'}
        {isOffline ? ' – offline: this page goes on by itself' : refreshing ? '' : ' – paused'}
      </span>
      <Button
        variant="inline-link"
        ariaLabel={refreshing ? 'Pause refreshing' : 'Go on refreshing'}
        onClick={() => change({ refreshing: !refreshing })}
      >
        {refreshing ? 'Pause' : 'Go on'}
      </Button>
      <Button
        variant="inline-icon"
        iconName="refresh"
        ariaLabel="Refresh now"
        onClick={() => queries.refetchQueries({ type: 'active' })}
      />
    </SpaceBetween>
  );
}

/** What the cache says of the page, told anew whenever it changes. */
function useCached<Said>(cache: QueryCache, saidBy: (cache: QueryCache) => Said): Said {
  const follow = useCallback((onChange: () => void) => cache.subscribe(notifyManager.batchCalls(onChange)), [cache]);
  return useSyncExternalStore(follow, () => saidBy(cache));
}

function oldestIn(cache: QueryCache): number {
  return Math.min(
    ...shownIn(cache)
      .map(({ state }) => state.dataUpdatedAt)
      .filter((atMs) => atMs > 0),
  );
}

function isFailingIn(cache: QueryCache): boolean {
  return shownIn(cache).some(({ state }) => state.fetchFailureCount > 1);
}

/** What the page itself reads: a read of the frame may be the page's, too. */
function shownIn(cache: QueryCache) {
  const isShown = ({ options }: { options: QueryObserverOptions }) =>
    options.enabled !== false && options.meta?.isAgeless !== true;
  return cache.findAll({ predicate: ({ observers }) => observers.some(isShown) });
}

function followConnection(onChange: () => void): () => void {
  return onlineManager.subscribe(onChange);
}
