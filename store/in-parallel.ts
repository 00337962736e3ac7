/** Work on many items, some of them at once. */

/**
 * Works through all the items, at most `atOnce` of them at once: a fault of one does not keep the others from their
 * turn.
 * @throws the first fault, when all items have had their turn
 */
export async function eachInParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const faults: unknown[] = [];
  await inParallel(items, atOnce, (item) => work(item).catch((fault) => faults.push(fault)));
  if (faults.length > 0) throw faults[0];
}

/**
 * Works through the items, at most `atOnce` of them at once. After a fault no further item is started.
 * @throws the first fault, when all started items have ended: then nothing runs on beside the caller
 */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = items.values();
  const faults: unknown[] = [];
  const lane = async () => {
    for (const item of rest) {
      await work(item).catch((fault) => faults.push(fault));
      if (faults.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (faults.length > 0) throw faults[0];
}

/**
 * The results of the work on each item, in the order of the items; at most `atOnce` are worked on at once. After a
 * fault no further item is started.
 * @throws the first fault, when all started items have ended
 */
export async function mapInParallel<T, Result>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<Result>,
): Promise<Result[]> {
  const results = new Map<number, Result>();
  await inParallel([...items.entries()], atOnce, async ([index, item]) => results.set(index, await work(item)));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}
