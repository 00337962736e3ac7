/**
 * The system of a suite that runs on any: it needs nothing but the API and the handlers that every server has, and
 * looks past other users' jobs. It is that of LASTCALL_URL, called with the tokens of LASTCALL_TOKEN_READER,
 * LASTCALL_TOKEN_BATCHUSER and so on (without any of these, with tokens of its own local issuer); without LASTCALL_URL
 * it is that of the jest worker.
 */
import { expect, jest } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Role } from '#domain/roles';
import { ALL_GROUPS } from '#domain/servers/server';
import { type Api, type Client, clientOf, givenToken, tokenOfRole } from './client.ts';
import { clearJobs, type OwnJobs } from './own-jobs.ts';
import { readServers, type Server } from './records.ts';
import { shareSystem } from './shared-system.ts';
import { eventually } from './system.ts';

const { LASTCALL_URL: URL_OF_ANOTHER } = process.env;
const NEEDED = { servers: 2, slots: 2 };

// Each wait has its own limit; this one only has to be longer. Elsewhere a drain period may last 15 minutes.
if (URL_OF_ANOTHER !== undefined) jest.setTimeout(2_400_000);

export type AnySystem = Api &
  OwnJobs & {
    /** How records name the user of that role: its name, and where it calls from. */
    callerOf(role: Role): Promise<{ by: string; from: unknown }>;
  };

/** The system, once it has enough servers for every suite. What the suite leaves open is cancelled at its end. */
export async function openSystem(): Promise<AnySystem> {
  const system = URL_OF_ANOTHER === undefined ? await shareSystem() : await clearJobs(await connect(URL_OF_ANOTHER));
  return {
    ...system,
    async callerOf(role) {
      const { sub = '' } = decodeJwt(await tokenOfRole(system, role));
      return { by: sub, from: new URL(system.url).hostname === LOOPBACK ? LOOPBACK : expect.stringMatching(ADDRESS) };
    },
  };
}

/** The servers that take what is submitted next. */
export async function serversAtWork(api: Api): Promise<Server[]> {
  return (await readServers(api)).filter(({ status }) => status === 'Active');
}

/** How many slots are free; of these servers, or of all. */
export async function countFreeSlots(api: Api, serverIds?: ReadonlySet<string>): Promise<number> {
  const servers = (await serversAtWork(api)).filter(({ serverId }) => serverIds?.has(serverId) ?? true);
  return servers.reduce((sum, { slots, running }) => sum + slots - running.length, 0);
}

/** The heartbeat of the system's servers in seconds, by two beats of one of them. */
export async function heartbeatSecondsOf(api: Api): Promise<number> {
  const first = await eventually(async () => (await serversAtWork(api)).find(hasBeaten), HEARTBEAT_LIMIT);
  const next = await eventually(async () => {
    const server = (await readServers(api)).find(({ serverId }) => serverId === first.serverId);
    return server !== undefined && server.heartbeatAt !== first.heartbeatAt && server;
  }, HEARTBEAT_LIMIT);
  return Math.max(1, Math.round((Date.parse(next.heartbeatAt) - Date.parse(first.heartbeatAt)) / 1000));
}

/** A server's registration stands as its heartbeat until the first one, which follows at once. */
function hasBeaten({ startedAt, heartbeatAt }: Server): boolean {
  return heartbeatAt !== startedAt;
}

const HEARTBEAT_LIMIT = { limitMs: 60_000 };
const LOOPBACK = '127.0.0.1';
const ADDRESS = /^[0-9a-f.:]+$/;

async function connect(url: string): Promise<Client> {
  const client = clientOf(url.replace(/\/$/, ''), givenToken);
  await eventually(() => checkServers(client), { limitMs: 20_000 });
  return client;
}

async function checkServers(client: Client): Promise<true> {
  const there = (await serversAtWork(client)).filter(
    ({ slots, batchGroups }) => slots >= NEEDED.slots && batchGroups.includes(ALL_GROUPS),
  );
  if (there.length >= NEEDED.servers) return true;
  throw new Error(
    `These tests need ${NEEDED.servers} Active servers of ${NEEDED.slots} slots that serve all batch groups; ${client.url} has ${there.length}.`,
  );
}
