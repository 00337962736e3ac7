/**
 * Other servers that may claim the same tasks. All of them find the same keys, so after a lost claim each prefers its
 * own share: the keys for which the hash of its id and the task's is the highest (rendezvous hashing).
 */
import { fnv1a } from '#domain/jobs/shards';
import { ALL_GROUPS } from '#domain/servers/server';
import { log } from '#server/log';
import { type LiveServer, listLiveServers } from '#store/fleet/live-servers';
import type { ReadyTaskKey } from '#store/tasks';

/** How long what was read holds. Servers that have started meanwhile are met after that. */
const KNOWN_MS = 60_000;
/** How long it holds if the rivals do not claim what is theirs. */
const DOUBTED_MS = 10_000;
/** With more of them, servers meet rarely. */
const MAX_RIVALS = 64;

type Self = { readonly serverId: string; readonly batchGroups: readonly string[] };

/** The rivals of one server. */
export class Rivals {
  readonly #self: Self;
  readonly #own: number;
  #hashes: readonly number[] = [];
  #readMs = 0;

  constructor(self: Self) {
    this.#self = self;
    this.#own = fnv1a(self.serverId);
  }

  /** Another server was first at a task. Reads who is there, once a minute. The cost of `listLiveServers`. */
  async meet(): Promise<void> {
    if (!this.#areKnown(KNOWN_MS)) await this.#read();
  }

  /** The rivals do not claim what is theirs: reads who is still there, each ten seconds at most. The same cost. */
  async doubt(): Promise<void> {
    if (!this.#areKnown(DOUBTED_MS)) await this.#read();
  }

  /** The keys of the server's own share: all of them while it knows of no rival. */
  shareOf(keys: readonly ReadyTaskKey[]): readonly ReadyTaskKey[] {
    if (this.#hashes.length === 0 || !this.#areKnown(KNOWN_MS)) return keys;
    return keys.filter(({ taskId }) => {
      const task = fnv1a(taskId);
      const own = mixed(this.#own ^ task);
      return this.#hashes.every((rival) => mixed(rival ^ task) <= own);
    });
  }

  #areKnown(forMs: number): boolean {
    return Date.now() - this.#readMs < forMs;
  }

  async #read(): Promise<void> {
    this.#readMs = Date.now();
    const servers = await listLiveServers(MAX_RIVALS).catch((error: unknown) => {
      log('The other servers could not be read; claims may be lost to them.', { error });
      return [];
    });
    this.#hashes = servers.filter((server) => this.#isRival(server)).map(({ serverId }) => fnv1a(serverId));
  }

  /** A server that drains or stops claims nothing. */
  #isRival({ serverId, status, batchGroups }: LiveServer): boolean {
    if (status !== 'Active') return false;
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
