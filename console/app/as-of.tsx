import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { onlineManager, useIsFetching, useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { timeOfDay } from '#console/parts/durations.ts';
import { usePreferences } from './preferences.ts';

/** How old the page is, and whether it refreshes by itself. */
export function AsOf() {
  const queries = useQueryClient();
  useIsFetching();
  const [{ refreshing }, change] = usePreferences();
  const shown = queries.getQueryCache().findAll({ type: 'active', predicate: ({ meta }) => meta?.isFixed !== true });
  const oldestMs = Math.min(...shown.map(({ state }) => state.dataUpdatedAt).filter((atMs) => atMs > 0));
  const isConnected = useSyncExternalStore(followConnection, () => onlineManager.isOnline());
  const isOffline = !isConnected || shown.some(({ state }) => state.fetchFailureCount > 1);
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

function followConnection(onChange: () => void): () => void {
  return onlineManager.subscribe(onChange);
}
