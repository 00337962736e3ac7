/** Servers, batch groups, handlers, features and aborts as text. */
import type { Abort, Item, Server } from '#client/client';
import { DEFAULT_PRIORITY } from '#domain/priorities';
import { tableOf } from './table.ts';
import { ageOf } from './times.ts';

type Group = Item<'GET /groups'>;
type Handler = Item<'GET /handlers'>;
type Feature = Item<'GET /features'>;

/** A list of servers. */
export function serversText(servers: readonly Server[]): string {
  return tableOf<Server>(
    [
      { name: 'id', of: ({ serverId }) => serverId },
      { name: 'status', of: ({ status, silentSince }) => (silentSince === undefined ? status : `${status}, silent`) },
      { name: 'slots', of: ({ running, slots }) => `${running.length}/${slots}` },
      { name: 'groups', of: ({ batchGroups }) => batchGroups.join(', ') },
      { name: 'heartbeat', of: ({ heartbeatAt }) => ageOf(heartbeatAt) },
      { name: 'age', of: ({ startedAt }) => ageOf(startedAt) },
      { name: 'drains until', of: ({ drain }) => drain?.deadline },
      { name: 'replaced by', of: ({ replacedBy }) => replacedBy },
    ],
    servers,
    'There are no servers.',
  );
}

/** A list of batch groups. */
export function groupsText(groups: readonly Group[]): string {
  return tableOf<Group>(
    [
      { name: 'group', of: ({ batchGroup }) => batchGroup },
      { name: 'default priority', of: ({ defaultPriority }) => defaultPriority ?? DEFAULT_PRIORITY },
      { name: 'changed by', of: ({ changedBy, changedByName }) => changedByName ?? changedBy },
    ],
    groups,
    'There are no batch groups.',
  );
}

/** A list of handlers. */
export function handlersText(handlers: readonly Handler[]): string {
  return tableOf<Handler>(
    [
      { name: 'handler', of: ({ name }) => name },
      { name: 'servers', of: ({ servers }) => servers },
      { name: 'likely seconds', of: ({ likelySeconds }) => likelySeconds },
    ],
    handlers,
    'No server has a handler: none is running.',
  );
}

/** A list of features. */
export function featuresText(features: readonly Feature[]): string {
  return tableOf<Feature>(
    [
      { name: 'feature', of: ({ name }) => name },
      { name: 'enabled', of: ({ enabled }) => (enabled ? 'yes' : 'no') },
      { name: 'changed by', of: ({ changedBy, changedByName }) => changedByName ?? changedBy },
      { name: 'changed at', of: ({ changedAt }) => changedAt },
    ],
    features,
    'There are no features.',
  );
}

/** A list of aborts. */
export function abortsText(aborts: readonly Abort[]): string {
  return tableOf<Abort>(
    [
      { name: 'id', of: ({ abortId }) => abortId },
      { name: 'job', of: ({ jobId }) => jobId },
      { name: 'mode', of: ({ mode }) => mode },
      { name: 'status', of: ({ status }) => status },
      { name: 'servers', of: ({ servers }) => servers.length },
      { name: 'by', of: ({ requestedBy, requestedByName }) => requestedByName ?? requestedBy },
      { name: 'age', of: ({ requestedAt }) => ageOf(requestedAt) },
      { name: 'reason', of: ({ reason }) => reason },
    ],
    aborts,
    'There are no aborts.',
  );
}
