/** Changes of features and batch groups that the table of events may lack: a crash may have come before. */
import { changeEvent, type SystemEvent } from '#domain/events';
import { expiryOf, isExpired } from '#store/expiry';
import { listFeatures } from '#store/features';
import { listGroups } from '#store/groups';

/**
 * The last change of each feature and batch group, unless it is so old that its event has expired. 1 RCU, and 0.5 for
 * each 4 KB of batch groups.
 */
export async function untoldChanges(): Promise<SystemEvent[]> {
  const records = [...(await listFeatures()), ...(await listGroups())];
  const changes = records.flatMap((record) => changeEvent(record) ?? []);
  return changes.filter(({ at }) => !isExpired({ expiresAt: expiryOf(at) }));
}
