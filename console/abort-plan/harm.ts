/** The harm of a plan, in words and in order. */
import type { Plan } from '#console/api/types.ts';
import { harmsOf } from '#domain/aborts/plan';

type DisruptedJob = Plan['disruptedJobs'][number];
type Bystander = DisruptedJob['tasks'][number];

/** What each fate means for the owner. */
const FATES = {
  fails: 'ends in Error if it still runs at the restart',
  stops: 'is stopped if it still runs at the restart',
  restarts: 'runs again from the start on another server',
} as const;
const WEIGHT = { fails: 3, stops: 2, restarts: 1 } as const;

/** Every bystander with its job: those of jobs with new harm come first, then those of the jobs that are harmed most. */
export function byHarm(
  jobs: Plan['disruptedJobs'],
  added: Added,
): readonly (Bystander & { readonly job: DisruptedJob })[] {
  const news = ({ jobId }: DisruptedJob) => Number(added.concerns('job', jobId));
  return [...jobs]
    .sort((one, other) => news(other) - news(one) || harmOf(other) - harmOf(one) || one.name.localeCompare(other.name))
    .flatMap((job) =>
      job.tasks.map((task) => ({ ...task, job })).sort((one, other) => weightOf(other) - weightOf(one)),
    );
}

/** What becomes of a bystander, in words. */
export function fateOf({ fate, endsWithinDrain }: Bystander): string {
  return endsWithinDrain === true ? `likely ends in time; else it ${FATES[fate]}` : FATES[fate];
}

/** Whether somebody's work would fail or stop: then the job's name must be typed. */
export function isHarmful({ disruptedJobs }: Pick<Plan, 'disruptedJobs'>): boolean {
  return disruptedJobs.some(({ tasks }) => tasks.some(({ fate }) => fate !== 'restarts'));
}

/** What a newer plan adds to the one that was read, by the harms that the API itself compares. */
export function addedBy(read: Plan, now: Plan): Added {
  const before = new Set(harmsOf(read));
  return new Added(harmsOf(now).filter((harm) => !before.has(harm)));
}

/** Harms that a plan has and that nobody has read. */
export class Added {
  readonly #harms: readonly string[];

  constructor(harms: readonly string[]) {
    this.#harms = harms;
  }

  get isEmpty(): boolean {
    return this.#harms.length === 0;
  }

  /** Whether any of them concerns this job, task or server. */
  concerns(kind: 'job' | 'task' | 'server', id: string): boolean {
    return this.#harms.some((harm) => harm === `${kind} ${id}` || harm.startsWith(`${kind} ${id} `));
  }
}

function harmOf({ tasks }: DisruptedJob): number {
  return tasks.reduce((sum, task) => sum + weightOf(task), 0);
}

function weightOf({ fate, endsWithinDrain }: Bystander): number {
  return WEIGHT[fate] * (endsWithinDrain === true ? 0.5 : 1);
}
