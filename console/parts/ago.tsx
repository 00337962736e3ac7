import { useNow } from './clock.ts';
import { absoluteTime, ago, countdown, lasting } from './durations.ts';
import { Hint } from './hint.tsx';

/** A time as its distance from now; the absolute time shows on hover and on focus. */
export function Ago({ at }: { at: string | undefined }) {
  const now = useNow();
  if (at === undefined) return <>–</>;
  return (
    <Hint text={absoluteTime(at)}>
      <time dateTime={at}>{ago(at, now)}</time>
    </Hint>
  );
}

/** The time that is left, in minutes and seconds. It is not announced each second. */
export function Countdown({ until }: { until: string }) {
  const now = useNow();
  return (
    <Hint text={absoluteTime(until)}>
      <time dateTime={until} role="timer" aria-live="off">
        {countdown(until, now)}
      </time>
    </Hint>
  );
}

/** How long something took, or takes until now. */
export function Lasting({ from, to }: { from: string | undefined; to?: string | undefined }) {
  const now = useNow();
  if (from === undefined) return <>–</>;
  const end = to === undefined ? now : Date.parse(to);
  return <span>{lasting((end - Date.parse(from)) / 1000)}</span>;
}
