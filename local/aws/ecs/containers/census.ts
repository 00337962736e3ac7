import type { Census } from '#local/aws/ecs/deployments/rolling-update';
import type { ContainerTask } from './container-task.ts';
import type { LiveContainer } from './live-container.ts';
import type { LiveContainerOptions } from './revision.ts';

type Counted = Pick<LiveContainerOptions, 'tasks' | 'manners'> & {
  readonly desired: number;
  readonly primaryId: string;
  readonly live: readonly LiveContainer[];
};

/** The tasks that are to run, those of the primary deployment and the others, the oldest first; and their numbers. */
export function takeCensus({ tasks, manners, desired, primaryId, live }: Counted) {
  const wanted = tasks.list().filter((task) => task.desiredStatus === 'RUNNING');
  const current = wanted.filter((task) => task.startedBy === primaryId);
  const former = wanted.filter((task) => task.startedBy !== primaryId);
  const healthy = wanted.filter((task) => isHealthy(task, manners?.healthyAfterMs ?? 0)).length;
  const counted = { desired, current: current.length, former: former.length, healthy };
  if (manners) return { current, former, census: beside(counted) };
  // AWS replaces side by side. Without its manners, a new container starts when the old one has exited.
  const present = live.filter((each) => !each.hasExited);
  const presentCurrent = present.filter(({ deploymentId }) => deploymentId === primaryId).length;
  return { current, former, census: { ...counted, presentCurrent, present: present.length } };
}

function beside(counted: Omit<Census, 'present' | 'presentCurrent'>): Census {
  return { ...counted, presentCurrent: counted.current, present: counted.current + counted.former };
}

function isHealthy({ lastStatus, startedAt = '' }: ContainerTask, afterMs: number): boolean {
  return lastStatus === 'RUNNING' && Date.now() - Date.parse(startedAt) >= afterMs;
}
