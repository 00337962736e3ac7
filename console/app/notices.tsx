/** Outcomes of acts, shown above the page until they are dismissed. */
import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import { useSyncExternalStore } from 'react';

type Notice = Pick<FlashbarProps.MessageDefinition, 'type' | 'header' | 'content'>;

const MAX_NOTICES = 5;

let notices: readonly FlashbarProps.MessageDefinition[] = [];
const listeners = new Set<() => void>();

/** The notices to show. */
export function useNotices(): readonly FlashbarProps.MessageDefinition[] {
  return useSyncExternalStore(subscribe, () => notices);
}

/** Shows a notice; the oldest of too many goes. */
export function notify(notice: Notice): void {
  const id = crypto.randomUUID();
  const onDismiss = () => set(notices.filter((each) => each.id !== id));
  set([{ ...notice, id, dismissible: true, dismissLabel: 'Dismiss', onDismiss }, ...notices].slice(0, MAX_NOTICES));
}

function set(next: readonly FlashbarProps.MessageDefinition[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
