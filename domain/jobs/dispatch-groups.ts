/** Under which partition keys of the dispatch index the jobs of a batch group lie. */
import { placeOf } from './shards.ts';

/** The key of jobs whose tasks name several batch groups: every server looks there too. */
export const MIXED_GROUPS = '*';

/**
 * How many keys a batch group has. DynamoDB takes 1,000 WCU and gives 3,000 RCU a second for each; together they take
 * the 4,000 WCU of a fresh index.
 */
export const KEYS_PER_GROUP = 4;

/** The keys of a batch group. */
export function keysOfGroup(batchGroup: string): string[] {
  return Array.from({ length: KEYS_PER_GROUP }, (_, place) => keyAt(batchGroup, place));
}

/** The key of a job with tasks of these batch groups; it never changes. */
export function keyOfJob(jobId: string, [only = '', ...others]: readonly string[]): string {
  return others.length === 0 ? keyAt(only, placeOf(jobId, KEYS_PER_GROUP)) : MIXED_GROUPS;
}

/** The batch group of a key. */
export function groupOfKey(key: string): string {
  return key.split('#', 1).join();
}

/** A name of a group has no `#`. */
function keyAt(batchGroup: string, place: number): string {
  return place === 0 ? batchGroup : `${batchGroup}#${place}`;
}
