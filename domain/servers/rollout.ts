import type { Rollout } from '#domain/statuses';
import type { Server } from './server.ts';

type Placed = Pick<Server, 'serverId' | 'startedAt'> & {
  /** Of the container; undefined if ECS does not know it now. */
  readonly deploymentId: string | undefined;
};
type Deploying = {
  readonly primaryId: string;
  readonly desired: number;
  /** Whether former deployments still have containers, and the primary one has not failed. */
  readonly isUnderWay: boolean;
};

/**
 * What each of the living servers does, by its id; undefined: it works as always. Former servers yield, the oldest
 * first, one for each new server that beats: the fleet never serves less. Once all new ones are there, all yield.
 */
export function rolloutOf(
  servers: readonly Placed[],
  { primaryId, desired, isUnderWay }: Deploying,
): ReadonlyMap<string, Rollout | undefined> {
  const known = servers.filter(({ deploymentId }) => !isUnderWay || deploymentId !== undefined);
  const rollouts = new Map<string, Rollout | undefined>(known.map(({ serverId }) => [serverId, undefined]));
  if (!isUnderWay) return rollouts;
  const isNew = ({ deploymentId }: Placed) => deploymentId === primaryId;
  const current = known.filter(isNew);
  const former = known.filter((server) => !isNew(server)).toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  const yielding = current.length >= desired ? former : former.slice(0, current.length);
  for (const { serverId } of current) rollouts.set(serverId, 'takesOver');
  for (const { serverId } of yielding) rollouts.set(serverId, 'yields');
  return rollouts;
}
