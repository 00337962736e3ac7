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
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
let chosen = kept();
let preferences = inForce();
apply();
systemDark.addEventListener('change', renew);

/** The reader's choices, and how to change them. The system's choice of dark or light holds until the reader's. */
export function usePreferences(): readonly [Preferences, (change: Partial<Preferences>) => void] {
  return [useSyncExternalStore(subscribe, () => preferences), change];
}

function change(change: Partial<Preferences>): void {
  chosen = { ...chosen, ...change };
  // Refreshing is for this visit only: a page that stays old would mislead on the next day.
  const { refreshing, ...kept } = chosen;
  localStorage.setItem(KEY, JSON.stringify(kept));
  renew();
}

function renew(): void {
  preferences = inForce();
  apply();
  for (const listener of listeners) listener();
}

function apply(): void {
  applyMode(preferences.dark ? Mode.Dark : Mode.Light);
  applyDensity(preferences.compact ? Density.Compact : Density.Comfortable);
}

function inForce(): Preferences {
  return { dark: systemDark.matches, compact: false, shortcuts: true, refreshing: true, ...chosen };
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
