/** What a reader has chosen in this browser: dark mode, density, keyboard shortcuts, and whether pages refresh. */
import { applyDensity, applyMode, Density, Mode } from '@cloudscape-design/global-styles';
import { useSyncExternalStore } from 'react';

type Preferences = {
  readonly dark: boolean;
  readonly compact: boolean;
  readonly shortcuts: boolean;
  /** Lists and records are read again by themselves. */
  readonly refreshing: boolean;
};

const KEY = 'lastcall.preferences';
const listeners = new Set<() => void>();
let preferences = read();
apply();

/** The reader's choices, and how to change them. */
export function usePreferences(): readonly [Preferences, (change: Partial<Preferences>) => void] {
  return [useSyncExternalStore(subscribe, () => preferences), change];
}

function change(change: Partial<Preferences>): void {
  preferences = { ...preferences, ...change };
  // Refreshing is for this visit only: a page that stays old would mislead on the next day.
  const { refreshing, ...kept } = preferences;
  localStorage.setItem(KEY, JSON.stringify(kept));
  apply();
  for (const listener of listeners) listener();
}

function apply(): void {
  applyMode(preferences.dark ? Mode.Dark : Mode.Light);
  applyDensity(preferences.compact ? Density.Compact : Density.Comfortable);
}

function read(): Preferences {
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  return { dark, compact: false, shortcuts: true, ...kept(), refreshing: true };
}

function kept(): Partial<Preferences> {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof read === 'object' && read !== null ? read : {};
  } catch {
    return {};
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
