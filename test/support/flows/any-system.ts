/**
 * The system of a suite that runs on any: it needs nothing but the API and the handlers that every server has, and looks past other users'
 * jobs. It is that of LASTCALL_URL, called with the tokens of LASTCALL_TOKEN_READER, LASTCALL_TOKEN_BATCHUSER and so on (without any of
 * these, with tokens of its own local issuer); without LASTCALL_URL it is one that is started for the suite.
 */
import { expect, jest } from '@jest/globals';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { Role } from '#domain/roles';
import { ALL_GROUPS } from '#domain/servers/server';
import { isFinalJob } from '#domain/statuses';
import { type Api, type Client, clientOf, givenToken, tokenOfRole } from './client.ts';
import { readJob, readServers, type Server } from './records.ts';
import { isFeatureOn, switchFeature } from './server-aborts.ts';
import { atTheEnd, eventually, startSystem } from './system.ts';

const { LASTCALL_URL: URL_OF_ANOTHER } = process.env;
/** A short drain period, for the suite that waits for its end. */
const OWN_OPTIONS = ['--servers', '2', '--slots', '4', '--drain-seconds', '20'];
const NEEDED = { servers: 2, slots: 2 };

// Each wait has its own limit; this one only has to be longer. Elsewhere a drain period may last 15 minutes.
jest.setTimeout(URL_OF_ANOTHER === undefined ? 150_000 : 2_400_000);

export type AnySystem = Api & {
  /** Whether this suite has submitted the job. */
  isOurs(job: { readonly jobId: string }): boolean;
  /** What records tell of the user of that role: its name, and where it calls from. */
  callerOf(role: Role): Promise<{ by: string; from: unknown }>;
};

/**
 * The system, when it has servers enough for every suite. When this one has ended, what is still open of its jobs is cancelled, and the
 * feature is switched back to what it was.
 */
export async function openSystem(): Promise<AnySystem> {
  const client = await connect();
  await eventually(() => checkServers(client), { limitMs: 20_000 });
  const wasOn = await isFeatureOn(client);
  const jobIds = new Set<string>();
  atTheEnd(async () => {
    for (const jobId of jobIds) await cancelUnlessFinal(client, jobId);
    if ((await isFeatureOn(client)) !== wasOn) await switchFeature(client, wasOn);
  });
  return {
    async call(method, path, call) {
      const reply = await client.call(method, path, call);
      if (`${method} ${path} ${reply.status}` === 'POST /jobs 201') jobIds.add(Submitted.parse(reply.body).jobId);
      return reply;
    },
    isOurs: ({ jobId }) => jobIds.has(jobId),
    async callerOf(role) {
      const { sub = '' } = decodeJwt(await tokenOfRole(client, role));
      return { by: sub, from: new URL(client.url).hostname === LOOPBACK ? LOOPBACK : expect.stringMatching(ADDRESS) };
    },
  };
}

/** The servers that take what is submitted next. */
export async function serversAtWork(api: Api): Promise<Server[]> {
  return (await readServers(api)).filter(({ status }) => status === 'Active');
}

/** How many slots nobody's task takes; of these servers, or of all. */
export async function countFreeSlots(api: Api, serverIds?: ReadonlySet<string>): Promise<number> {
  const servers = (await serversAtWork(api)).filter(({ serverId }) => serverIds?.has(serverId) ?? true);
  return servers.reduce((sum, { slots, running }) => sum + slots - running.length, 0);
}

/** The heartbeat of the system's servers in seconds, as two beats of one of them tell it. */
export async function heartbeatSecondsOf(api: Api): Promise<number> {
  const [first] = await serversAtWork(api);
  const next = await eventually(async () => {
    const server = (await readServers(api)).find(({ serverId }) => serverId === first?.serverId);
    return server !== undefined && server.heartbeatAt !== first?.heartbeatAt && server;
  }, HEARTBEAT_LIMIT);
  return Math.round((Date.parse(next.heartbeatAt) - Date.parse(first?.heartbeatAt ?? '')) / 1000);
}

const HEARTBEAT_LIMIT = { limitMs: 60_000 };
const LOOPBACK = '127.0.0.1';
const ADDRESS = /^[0-9a-f.:]+$/;
const Submitted = z.object({ jobId: z.string() });

async function connect(): Promise<Client> {
  if (URL_OF_ANOTHER === undefined) return await startSystem({ args: OWN_OPTIONS });
  return clientOf(URL_OF_ANOTHER.replace(/\/$/, ''), givenToken);
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

/** It may end by itself between the two calls; a system job is not for anyone to cancel. */
async function cancelUnlessFinal(client: Client, jobId: string): Promise<void> {
  const { status, system } = await readJob(client, jobId);
  if (isFinalJob(status) || status === 'Cancelling' || system === true) return;
  const reply = await client.call('POST', `/jobs/${jobId}/cancel`, { body: { reason: 'the test is over' } });
  if (![202, 409].includes(reply.status)) throw new Error(`The job ${jobId} cannot be cancelled: ${reply.status}.`);
}
