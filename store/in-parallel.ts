/** Many at once, but not all at once. */

/**
 * Works through the items, at most so many at once. After a fault no further item is begun; the first fault is thrown when all that was begun has
 * ended, so that nothing of it comes after what the caller does next.
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
