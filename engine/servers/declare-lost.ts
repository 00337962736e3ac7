import type { Server } from '#domain/servers/server';
import { SERVER_MOVES } from '#domain/status-moves';
import { guardedWrite } from '#store/dynamodb/guarded-write';

/**
 * Declares a server lost, which fences it: its next heartbeat is refused. False if it has sent a heartbeat since it was
 * read: then it lives. 1 WCU.
 */
export async function declareLost({ serverId, heartbeatAt }: Server, lostAt: string): Promise<boolean> {
  const written = await guardedWrite({
    table: 'servers',
    key: { serverId },
    move: SERVER_MOVES.declareLost,
    set: { lostAt },
    when: [{ attribute: 'heartbeatAt', in: [heartbeatAt] }],
  });
  return written.applied;
}
