/** How long runs of a handler have taken, as counts in buckets that double: enough to say whether one will end within a drain. */
import { z } from 'zod';

/** Upper bounds in seconds: 1, 2, 4, ... up to a week and more. */
const BOUNDS_SECONDS = Array.from({ length: 20 }, (_, power) => 2 ** power);
/** A run is expected to have ended when so large a share of the earlier ones had. */
const LIKELY_SHARE = 0.9;
/** Fewer runs than this say nothing. */
const MIN_RUNS = 5;

/** Runs by bucket, `upTo8` for example: those that took more than 4 and at most 8 seconds. */
export const runTimesSchema = z.record(z.string().regex(/^upTo\d+$/), z.number());
export type RunTimes = Readonly<Record<string, number>>;

/** The bucket of a run that took so long. */
export function bucketOf(seconds: number): string {
  const bound = BOUNDS_SECONDS.find((each) => seconds <= each) ?? BOUNDS_SECONDS.at(-1);
  return `upTo${bound}`;
}

/**
 * How long a run that has been going on for so many seconds is likely to take in all: the time within which 9 of 10 earlier runs that
 * lasted that long had ended. Undefined when too few are known.
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
