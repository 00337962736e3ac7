import type { Server } from '#domain/servers/server';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { listServers } from '#store/reads/list-servers';

/** Records this server as the replacement of the server that an abort restarted longest ago and that has none yet. */
export async function noteReplacement(serverId: string, now: string): Promise<void> {
  const servers = (await listServers()).filter(
    (server) => server.drainAborts && endOfServer(server) !== undefined && server.replacedBy === undefined,
  );
  const byEnd = servers.sort((a, b) => ((endOfServer(a) ?? '') < (endOfServer(b) ?? '') ? -1 : 1));
  for (const stopped of byEnd) {
    const written = await guardedWrite({
      table: 'servers',
      key: { serverId: stopped.serverId },
      set: { replacedBy: serverId, replacedAt: now },
      // Its record may have expired since it was listed: without this guard the write would create half a record.
      when: [
        { attribute: 'serverId', exists: true },
        { attribute: 'replacedBy', exists: false },
      ],
    });
    if (written.applied) return;
  }
}

/** When the server's stop was requested or, without a request, when the server ended. */
function endOfServer({ stopRequestedAt, lostAt, stoppedAt }: Server): string | undefined {
  return stopRequestedAt ?? lostAt ?? stoppedAt;
}
