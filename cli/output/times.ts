/** Times in words for people. Data has them as the API writes them. */

const UNITS = [
  { seconds: 86_400, name: 'd' },
  { seconds: 3_600, name: 'h' },
  { seconds: 60, name: 'm' },
] as const;

/** How long ago, in its largest unit, such as `3m`. */
export function ageOf(at: string | undefined, now: number = Date.now()): string {
  if (at === undefined) return '';
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  const unit = UNITS.find((each) => seconds >= each.seconds);
  return unit === undefined ? `${seconds}s` : `${Math.floor(seconds / unit.seconds)}${unit.name}`;
}

/** The time that is left, as minutes and seconds; 0:00 when it is over. */
export function leftUntil(at: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(at) - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Seconds between two times. */
export function secondsBetween(from: string, to: string): string {
  return `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`;
}

/** A line with its time, for what is followed in a pipe. */
export function dated(text: string): string {
  return `${new Date().toISOString()} ${text}`;
}
