/** Batch groups that jobs have named. Servers that serve all groups read here which exist. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Group, groupSchema } from '#domain/group';
import { DEFAULT_PRIORITY, type Priority } from '#domain/priorities';
import { send, tableName } from '#store/dynamodb/client';
import { type Change, guardedWrite, type Item } from '#store/dynamodb/guarded-write';
import { parseEach, parseRecord } from '#store/dynamodb/parse-record';
import { readItem } from '#store/dynamodb/read';
import { inParallel } from './in-parallel.ts';

const GROUPS_AT_ONCE = 8;
const registered = new Set<string>();

/** Registers groups, once each; a process remembers those that it has registered. 1 WCU for each of the others. */
export async function registerGroups(batchGroups: readonly string[]): Promise<void> {
  const unknown = batchGroups.filter((batchGroup) => !registered.has(batchGroup));
  await inParallel(unknown, GROUPS_AT_ONCE, async (batchGroup) => {
    await guardedWrite({ table: 'groups', key: { batchGroup }, when: [{ attribute: 'batchGroup', exists: false }] });
    registered.add(batchGroup);
  });
}

/**
 * The default priority of the group's jobs. 1 RCU.
 * @throws MalformedRecord
 */
export async function defaultPriorityOf(batchGroup: string): Promise<Priority> {
  return (await findGroup(batchGroup)).defaultPriority ?? DEFAULT_PRIORITY;
}

/**
 * The group as it is now, read consistently, also if no record has its name. 1 RCU.
 * @throws MalformedRecord
 */
export async function findGroup(batchGroup: string): Promise<Group> {
  return toGroup(batchGroup, await readItem('groups', { batchGroup }));
}

/**
 * Changes a group's record, or makes it. Returns the group as it is now, and whether this changed it. 1 WCU.
 * @throws MalformedRecord
 */
export async function changeGroup(batchGroup: string, change: GroupChange) {
  const { applied, item } = await guardedWrite({ table: 'groups', key: { batchGroup }, when: [], ...change });
  return { applied, now: toGroup(batchGroup, item) };
}

type GroupChange = Partial<Pick<Change, 'set' | 'remove' | 'when'>>;

/**
 * All groups that jobs have named or that have a default priority; may lag a moment behind. Malformed ones are logged
 * and left out. 0.5 RCU for each 4 KB.
 */
export async function listGroups(): Promise<Group[]> {
  const reply = await send(new ScanCommand({ TableName: tableName('groups') }));
  return parseEach(groupSchema, 'groups', reply.Items ?? []);
}

function toGroup(batchGroup: string, item: Item | undefined): Group {
  return item ? parseRecord(groupSchema, 'groups', item) : { batchGroup };
}
