import type { Census } from '#local/aws/ecs/deployments/rolling-update';
import type { ContainerTask } from './container-task.ts';
import type { LiveContainer } from './live-container.ts';
import type { LiveContainerOptions } from './revision.ts';

type Counted = Pick<LiveContainerOptions, 'tasks' | 'manners'> & {
  readonly desired: number;
  readonly primaryId: string;
  readonly live: readonly LiveContainer[];
};

/** The tasks that are to run: unhealthy ones, and the rest by deployment, the oldest first; and their numbers. */
export function takeCensus({ tasks, manners, desired, primaryId, live }: Counted) {
  const checked = new Set(live.filter((each) => each.hasHealthCheck).map(({ taskArn }) => taskArn));
  const isHealthy = (task: ContainerTask) =>
    checked.has(task.taskArn) ? task.healthStatus === 'HEALTHY' : hasRun(task, manners?.healthyAfterMs ?? 0);
  const all = tasks.list().filter((task) => task.desiredStatus === 'RUNNING');
  const unhealthy = all.filter((task) => task.healthStatus === 'UNHEALTHY');
  const wanted = all.filter((task) => !unhealthy.includes(task));
  const current = wanted.filter((task) => task.startedBy === primaryId);
  const former = wanted.filter((task) => task.startedBy !== primaryId);
  const healthy = wanted.filter(isHealthy).length;
  const counted = { desired, current: current.length, former: former.length, healthy, unhealthy: unhealthy.length };
  const groups = { current, former, unhealthy };
  if (manners) return { ...groups, census: beside(counted) };
  // AWS replaces side by side. Without its manners, a new container starts when the old one has exited.
  const present = live.filter((each) => !each.hasExited);
  const ofPrimary = present.filter(({ deploymentId }) => deploymentId === primaryId);
  const presentCurrent = ofPrimary.filter(({ taskArn }) => unhealthy.every((each) => each.taskArn !== taskArn)).length;
  return { ...groups, census: { ...counted, presentCurrent, present: present.length } };
}

function beside(counted: Omit<Census, 'present' | 'presentCurrent'>): Census {
  const { current, former, unhealthy } = counted;
  return { ...counted, presentCurrent: current, present: current + former + unhealthy };
}

function hasRun({ lastStatus, startedAt = '' }: ContainerTask, afterMs: number): boolean {
  return lastStatus === 'RUNNING' && Date.now() - Date.parse(startedAt) >= afterMs;
}
