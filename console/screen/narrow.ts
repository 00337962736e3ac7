/** Whether the screen is as narrow as a telephone's. */
import { useSyncExternalStore } from 'react';

const narrow = window.matchMedia('(max-width: 600px)');

/** True while it is. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}

function subscribe(onChange: () => void): () => void {
  narrow.addEventListener('change', onChange);
  return () => narrow.removeEventListener('change', onChange);
}
