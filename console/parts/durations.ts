/** Times in words. */
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** `3 min ago`, `in 2 hr`; `now` within a second. */
export function ago(at: string, nowMs: number): string {
  const seconds = Math.round((Date.parse(at) - nowMs) / 1000);
  if (Math.abs(seconds) < 1) return 'now';
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  return relative.format(Math.trunc(seconds / size), unit);
}

/** `1:02:03` or `4:05`; never below zero. */
export function countdown(until: string, nowMs: number): string {
  return lasting(Math.max(0, Math.ceil((Date.parse(until) - nowMs) / 1000)));
}

/** `1:02:03` or `4:05` for a number of seconds. */
export function lasting(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60), whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The date and the time in the browser's time zone. */
export function absoluteTime(at: string): string {
  return absolute.format(new Date(at));
}

/** `14:03:12` in the browser's time zone. */
export function timeOfDay(atMs: number): string {
  return clock.format(new Date(atMs));
}
