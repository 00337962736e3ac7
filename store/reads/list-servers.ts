/** The list of all servers. */
import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { Server } from '#domain/servers/server';
import { send, tableName } from '#store/dynamodb/client';
import { isExpired } from '#store/expiry';
import { toServers } from '#store/servers';

const SERVER_PAGE_ITEMS = 500;

/**
 * All servers that have a record, read consistently. Records of stopped servers expire. Malformed ones are logged and
 * left out. 1 RCU for each 4 KB.
 */
export async function listServers(): Promise<Server[]> {
  const servers: Server[] = [];
  let after: Record<string, unknown> | undefined;
  do {
    const reply: ScanCommandOutput = await send(
      new ScanCommand({
        TableName: tableName('servers'),
        ConsistentRead: true,
        Limit: SERVER_PAGE_ITEMS,
        ExclusiveStartKey: after,
      }),
    );
    const kept = (reply.Items ?? []).filter((item) => !isExpired(item));
    servers.push(...toServers(kept));
    after = reply.LastEvaluatedKey;
  } while (after);
  return servers;
}
