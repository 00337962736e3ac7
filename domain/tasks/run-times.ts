/** How long attempts of a handler took, counted in buckets that double: enough to guess if one ends within a drain. */
import * as z from 'zod';

/** Upper bounds in seconds: 1, 2, 4, ... up to a week and more. */
const BOUNDS_SECONDS = Array.from({ length: 20 }, (_, power) => 2 ** power);
/** An attempt is likely to end within the time in which this share of the earlier ones ended. */
const LIKELY_SHARE = 0.9;
/** Fewer attempts than this say nothing. */
const MIN_RUNS = 5;

export const runTimesSchema = z.record(z.string().regex(/^upTo\d+$/), z.number());
/** The number of attempts by bucket: `upTo8` counts those that took more than 4 and at most 8 seconds. */
export type RunTimes = Readonly<Record<string, number>>;

/** The bucket of an attempt that took this long. */
export function bucketOf(seconds: number): string {
  const bound = BOUNDS_SECONDS.find((each) => seconds <= each) ?? BOUNDS_SECONDS.at(-1);
  return `upTo${bound}`;
}

/**
 * The likely total time of an attempt that has run for this long: of the earlier attempts that ran longer, 9 of 10
 * ended within it. Undefined if fewer than 5 of these are known.
 */
export function likelySeconds(runTimes: RunTimes, elapsedSeconds: number): number | undefined {
  const longer = BOUNDS_SECONDS.filter((bound) => bound > elapsedSeconds).map((bound) => ({
    bound,
    runs: runTimes[`upTo${bound}`] ?? 0,
  }));
  const total = longer.reduce((sum, { runs }) => sum + runs, 0);
  if (total < MIN_RUNS) return undefined;
  let ended = 0;
  return longer.find(({ runs }) => {
    ended += runs;
    return ended >= total * LIKELY_SHARE;
  })?.bound;
}
