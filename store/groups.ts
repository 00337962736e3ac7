/** Batch groups that jobs have named: servers that serve all groups learn from here which there are. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { documents, tableName } from './client.ts';
import { guardedWrite } from './write.ts';

const groupSchema = z.object({ batchGroup: z.string() });
const registered = new Set<string>();

/** Makes groups known, once each; a process remembers those that it has registered. 1 WCU for a new one. */
export async function registerGroups(batchGroups: readonly string[]): Promise<void> {
  const unknown = batchGroups.filter((batchGroup) => !registered.has(batchGroup));
  await Promise.all(
    unknown.map((batchGroup) =>
      guardedWrite({ table: 'groups', key: { batchGroup }, when: [{ attribute: 'batchGroup', exists: false }] }),
    ),
  );
  for (const batchGroup of unknown) registered.add(batchGroup);
}

/** The names of all groups. */
export async function listGroups(): Promise<string[]> {
  const reply = await documents.send(new ScanCommand({ TableName: tableName('groups') }));
  return (reply.Items ?? []).map((item) => groupSchema.parse(item).batchGroup);
}
