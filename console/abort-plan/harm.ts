/** The harm of a plan, in words and in order. */
import type { Plan } from '#console/api/types.ts';

type DisruptedJob = Plan['disruptedJobs'][number];
type Bystander = DisruptedJob['tasks'][number];

/** What each fate means for the owner. */
const FATES = {
  fails: 'ends in Error if it still runs at the restart',
  stops: 'is stopped if it still runs at the restart',
  restarts: 'runs again from the start on another server',
} as const;
const WEIGHT = { fails: 3, stops: 2, restarts: 1 } as const;

/** The jobs whose work would be harmed most come first. */
export function byHarm(jobs: Plan['disruptedJobs']): readonly DisruptedJob[] {
  return [...jobs].sort((one, other) => harmOf(other) - harmOf(one) || one.name.localeCompare(other.name));
}

/** What becomes of a bystander, in words. */
export function fateOf({ fate, endsWithinDrain }: Bystander): string {
  return endsWithinDrain === true ? `likely ends in time; else it ${FATES[fate]}` : FATES[fate];
}

/** Whether somebody's work would fail or stop: then the job's name must be typed. */
export function isHarmful({ disruptedJobs }: Pick<Plan, 'disruptedJobs'>): boolean {
  return disruptedJobs.some(({ tasks }) => tasks.some(({ fate }) => fate !== 'restarts'));
}

/** What a newer plan adds to the one that was read, as keys of jobs, tasks and servers. */
export function addedBy(read: Plan, now: Plan): ReadonlySet<string> {
  const before = new Set(keysOf(read));
  return new Set(keysOf(now).filter((key) => !before.has(key)));
}

/** The key of a disrupted job whose harm is as it is now. */
export function keyOfJob({ jobId, tasks }: DisruptedJob): string {
  const fates = Map.groupBy(tasks, ({ fate }) => fate);
  return `job ${jobId} ${[...fates]
    .map(([fate, same]) => `${fate} ${same.length}`)
    .sort()
    .join(' ')}`;
}

function keysOf({ disruptedJobs, tasks, servers }: Plan): string[] {
  return [
    ...disruptedJobs.map(keyOfJob),
    ...tasks.map(({ taskId }) => `task ${taskId}`),
    ...servers.map(({ serverId }) => `server ${serverId}`),
  ];
}

function harmOf({ tasks }: DisruptedJob): number {
  return tasks.reduce((sum, { fate, endsWithinDrain }) => sum + WEIGHT[fate] * (endsWithinDrain === true ? 0.5 : 1), 0);
}
