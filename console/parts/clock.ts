/** The server's clock: countdowns and ages do not trust the clock of the browser's machine. */
import { useSyncExternalStore } from 'react';

const TICK_MS = 1_000;

let offsetMs = 0;
let tickedMs = Date.now();
const listeners = new Set<() => void>();
let timer: number | undefined;

/** Learns the server's time from the `Date` of a reply, which is exact to the second. */
export function setServerTime(date: string | null): void {
  const serverMs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(serverMs)) return;
  const behindMs = serverMs - Date.now();
  // A reply names the second that has begun: less than that is no difference.
  offsetMs = Math.abs(behindMs) > TICK_MS * 2 ? behindMs : 0;
}

/** The time of the server. */
export function nowMs(): number {
  return Date.now() + offsetMs;
}

/** The time of the server, new each second while the page is seen. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => tickedMs + offsetMs);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  if (document.hidden) return;
  tickedMs = Date.now();
  for (const listener of listeners) listener();
}
