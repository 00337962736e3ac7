/**
 * Which server has taken the place of one that an abort restarted. Both sides look after they have written what the
 * other looks for, so one of them sees it: the new server when it has registered, and who proves the stop of the old.
 */
import type { Server } from '#domain/servers/server';
import { guardedWrite } from '#store/dynamodb/guarded-write';
import { readUnreplacedServers } from '#store/fleet/live-servers';
import { listServers } from '#store/reads/list-servers';

/**
 * Records this server as the replacement of the server that an abort restarted longest ago and that has none yet. The
 * cost of `readUnreplacedServers`, whatever the size of the fleet, and 2 WCU.
 */
export async function noteReplacement(serverId: string, now: string): Promise<void> {
  const servers = await readUnreplacedServers();
  // A further abort may have named a server that was replaced before.
  for (const replaced of servers.filter(({ replacedBy }) => replacedBy !== undefined)) await takeOut(replaced);
  const byEnd = servers
    .filter(needsReplacement)
    .sort((a, b) => ((endOfServer(a) ?? '') < (endOfServer(b) ?? '') ? -1 : 1));
  for (const stopped of byEnd) if (await note(stopped, serverId, now)) return;
}

/**
 * Records which server replaced this one, if that has registered before the stop was proven: ECS replaces a task whose
 * program has ended, and only says that it has stopped, and when, after it has taken back what the task had (developer
 * guide, "Task lifecycle", DEPROVISIONING). So the replacement can have started before that time, but not before the
 * last heartbeat. Nothing if no abort drained the server; else the cost of `listServers`.
 */
export async function noteReplacementOf(stopped: Server): Promise<void> {
  if (!needsReplacement(stopped) || stopped.stopRequestedAt !== undefined) return;
  const servers = await listServers();
  const taken = new Set([stopped.serverId, ...servers.map(({ replacedBy }) => replacedBy)]);
  const [next] = servers
    .filter(({ serverId, startedAt }) => startedAt > stopped.heartbeatAt && !taken.has(serverId))
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  if (next) await note(stopped, next.serverId, next.startedAt);
}

function needsReplacement(server: Server): boolean {
  return server.drainAborts !== undefined && endOfServer(server) !== undefined && server.replacedBy === undefined;
}

/** Whether this call has noted it. */
async function note({ serverId }: Server, replacedBy: string, replacedAt: string): Promise<boolean> {
  const { applied } = await guardedWrite({
    table: 'servers',
    key: { serverId },
    set: { replacedBy, replacedAt },
    remove: ['unreplaced'],
    // Its record may have expired since it was listed: without this guard the write would create half a record.
    when: [
      { attribute: 'serverId', exists: true },
      { attribute: 'replacedBy', exists: false },
    ],
  });
  return applied;
}

/** Takes the server out of the index of those without a replacement. */
async function takeOut({ serverId }: Server): Promise<void> {
  const when = [{ attribute: 'replacedBy', exists: true }];
  await guardedWrite({ table: 'servers', key: { serverId }, remove: ['unreplaced'], when });
}

/** When the server's stop was requested or, without a request, when the server ended. */
function endOfServer({ stopRequestedAt, lostAt, stoppedAt }: Server): string | undefined {
  return stopRequestedAt ?? lostAt ?? stoppedAt;
}
