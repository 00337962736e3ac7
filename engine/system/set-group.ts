import type { Author } from '#domain/events';
import type { Group } from '#domain/group';
import type { Priority } from '#domain/priorities';
import { changeGroup, findGroup } from '#store/groups';
import { actOnSystem } from './act-on-system.ts';

/**
 * Sets a group's default priority, and returns the group as it is now; existing jobs keep theirs. The last change wins,
 * also over one that arrives late. Cost like `actOnSystem`.
 * @throws Refusal TooManyRequests while others change it
 */
export async function setGroup(batchGroup: string, defaultPriority: Priority, author: Author): Promise<Group> {
  return actOnSystem(author, {
    find: () => findGroup(batchGroup),
    changed: (seen) => ({ defaultPriority, before: seen?.defaultPriority }),
    write: (change) => changeGroup(batchGroup, change),
  });
}
