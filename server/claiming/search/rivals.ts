/**
 * Other servers that may claim the same tasks. All of them find the same keys, so after a lost claim each prefers its
 * own share: the keys for which the hash of its id and the task's is the highest (rendezvous hashing).
 */
import { fnv1a } from '#domain/jobs/shards';
import { ALL_GROUPS } from '#domain/servers/server';
import { log } from '#server/log';
import { listLiveServers } from '#store/fleet/live-servers';
import type { ReadyTaskKey } from '#store/tasks';

/** How long what was read holds. Servers that have started meanwhile are met after that. */
const KNOWN_MS = 60_000;
/** With more of them, servers meet rarely. */
const MAX_RIVALS = 64;

type Self = { readonly serverId: string; readonly batchGroups: readonly string[] };

/** The rivals of one server. */
export class Rivals {
  readonly #self: Self;
  readonly #own: number;
  #hashes: readonly number[] = [];
  #knownUntilMs = 0;

  constructor(self: Self) {
    this.#self = self;
    this.#own = fnv1a(self.serverId);
  }

  /** Another server was first at a task. Reads who is there, once a minute. The cost of `listLiveServers`. */
  async meet(): Promise<void> {
    if (Date.now() < this.#knownUntilMs) return;
    this.#hashes = [];
    this.#knownUntilMs = Date.now() + KNOWN_MS;
    const servers = await listLiveServers(MAX_RIVALS).catch((error: unknown) => {
      log('The other servers could not be read; claims may be lost to them.', { error });
      return [];
    });
    this.#hashes = servers.filter((server) => this.#isRival(server)).map(({ serverId }) => fnv1a(serverId));
  }

  /** The keys of the server's own share: all of them while it knows of no rival. */
  shareOf(keys: readonly ReadyTaskKey[]): readonly ReadyTaskKey[] {
    if (this.#hashes.length === 0 || Date.now() >= this.#knownUntilMs) return keys;
    return keys.filter(({ taskId }) => {
      const task = fnv1a(taskId);
      const own = mixed(this.#own ^ task);
      return this.#hashes.every((rival) => mixed(rival ^ task) <= own);
    });
  }

  #isRival({ serverId, batchGroups }: Self): boolean {
    const own = this.#self.batchGroups;
    const isMet = [...own, ...batchGroups].includes(ALL_GROUPS) || own.some((group) => batchGroups.includes(group));
    return isMet && serverId !== this.#self.serverId;
  }
}

/** Spreads the bits: ids that differ in one character differ in a few. MurmurHash3's finalizer. */
function mixed(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
