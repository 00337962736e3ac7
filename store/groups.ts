/** Batch groups that jobs have named. Servers that serve all groups read here which exist. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Group, groupSchema } from '#domain/group';
import type { Priority } from '#domain/priorities';
import { send, tableName } from '#store/dynamodb/client';
import { guardedWrite } from '#store/dynamodb/guarded-write';
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
  const item = await readItem('groups', { batchGroup });
  return (item && parseRecord(groupSchema, 'groups', item).defaultPriority) ?? 'Normal';
}

/**
 * Sets a group's default priority, and returns the group as it is now; existing jobs keep theirs. The last change wins,
 * also over one that arrives late. 1 WCU.
 */
export async function setGroup({ batchGroup, ...set }: Group): Promise<Group> {
  const when = set.changedAt === undefined ? [] : [{ attribute: 'changedAt', notAfter: set.changedAt }];
  const remove = set.changedByName ? [] : ['changedByName'];
  const written = await guardedWrite({ table: 'groups', key: { batchGroup }, set, remove, when });
  return parseRecord(groupSchema, 'groups', written.item ?? { batchGroup });
}

/**
 * All groups that jobs have named or that have a default priority; may lag a moment behind. Malformed ones are logged
 * and left out. 0.5 RCU for each 4 KB.
 */
export async function listGroups(): Promise<Group[]> {
  const reply = await send(new ScanCommand({ TableName: tableName('groups') }));
  return parseEach(groupSchema, 'groups', reply.Items ?? []);
}
