/** How many servers the fleet is to have. */
import { ALIVE_SERVER_STATUSES } from '#domain/statuses';
import type { Server } from './server.ts';

/** A server that has been idle for less than this is kept: more may come. */
const KEPT_IDLE_SECONDS = 180;

type Worker = Pick<Server, 'status' | 'attempts' | 'idleSince' | 'startedAt' | 'rollout'>;
type Demand = {
  /** Tasks that wait in groups that the servers serve. */
  readonly ready: number;
  readonly desired: number;
  readonly slots: number;
  readonly least: number;
  readonly most: number;
  /** ISO-8601 UTC. */
  readonly now: string;
};

/**
 * Enough servers for what runs and what waits, from `least` to `most`, and never fewer than are busy: ECS would refuse
 * to protect them. Servers that yield in a deployment count beside the others, because they take nothing more. When
 * fewer are needed, servers that were busy a moment ago are kept, and all while some are starting, unless the others
 * have long been idle: without room on Spot, or beyond a quota of the account, ECS would start them for ever.
 */
export function fleetSize(servers: readonly Worker[], demand: Demand): number {
  const living = servers.filter(({ status }) => ALIVE_SERVER_STATUSES.includes(status));
  const [yielding, others] = [living.filter(doesYield), living.filter((server) => !doesYield(server))];
  const busy = others.filter(isBusy).length;
  const running = others.reduce((sum, { attempts = 0 }) => sum + attempts, 0);
  const needed = Math.max(busy, Math.ceil((running + demand.ready) / demand.slots)) + yielding.filter(isBusy).length;
  const wanted = Math.max(busy, demand.least, Math.min(demand.most, needed));
  const kept = others.filter((server) => !hasBeenIdle(server, demand.now)).length;
  // Servers that ECS still starts have not been counted: what they are for may be with those that live.
  const isStarting = others.length < demand.desired && (kept > 0 || demand.ready > 0 || others.length === 0);
  if (wanted >= demand.desired || isStarting) return Math.max(wanted, demand.desired);
  return Math.min(demand.desired, Math.max(wanted, kept));
}

function doesYield({ rollout }: Worker): boolean {
  return rollout === 'yields';
}

function isBusy({ attempts = 0 }: Worker): boolean {
  return attempts > 0;
}

function hasBeenIdle({ attempts = 0, idleSince, startedAt }: Worker, now: string): boolean {
  const idleSeconds = (Date.parse(now) - Date.parse(idleSince ?? startedAt)) / 1000;
  return attempts === 0 && idleSeconds >= KEPT_IDLE_SECONDS;
}
