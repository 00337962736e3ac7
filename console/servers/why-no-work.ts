import type { Server } from '#console/api/types.ts';
import { timeOfDay } from '#console/parts/durations.ts';

/** Why a server claims nothing now; undefined if it would. */
export function whyNoWork(server: Server): string | undefined {
  if (server.silentSince !== undefined)
    return `it has been silent since ${timeOfDay(Date.parse(server.silentSince))}, and is declared lost if it stays so`;
  if (server.status === 'Draining') return 'an abort drains it';
  if (server.status === 'Stopping') return `its stop was requested${server.stopReason ? `: ${server.stopReason}` : ''}`;
  if (server.status === 'Lost') return 'it was lost';
  if (server.status === 'Stopped')
    return `it has stopped${server.exitCode === undefined ? '' : ` with exit code ${server.exitCode}`}`;
  if (server.rollout === 'yields') return 'servers of a newer deployment take over from it';
  if (server.protectionRefusedSince !== undefined) return 'ECS refuses to protect it from a scale-in';
  if (server.running.length >= server.slots) return 'all its slots are taken';
  return undefined;
}
