/** Writes of new tasks, as a submission and an addition make them. */
import { letTimePass } from './clock.ts';
import type { Call, Wire } from './wire.ts';

/** Longer than a request writes tasks. */
const OUT_OF_TIME_MS = 12_000;

/** Whether the call writes new tasks. */
export function isTaskWrite({ operation, body }: Call): boolean {
  return /^Batch(WriteItem|ExecuteStatement)$/.test(operation) && /-tasks\\?"/.test(body);
}

/**
 * Moves the clock on at the next write of tasks, unless the returned function is called before: the act writes what it
 * has sent, and its time is over.
 */
export function endTimeOfWrites(wire: Wire): () => void {
  const stop = wire.onCall((call) => {
    if (!isTaskWrite(call)) return;
    stop();
    letTimePass(OUT_OF_TIME_MS);
  });
  return stop;
}

/**
 * Throttles all writes of tasks until the returned function is called. At the first of them the time of its act is
 * over: it leaves all of its tasks.
 */
export function throttleWrites(wire: Wire): () => void {
  const stop = endTimeOfWrites(wire);
  const end = wire.refuse(isTaskWrite, 'ProvisionedThroughputExceededException');
  return () => {
    stop();
    end();
  };
}
