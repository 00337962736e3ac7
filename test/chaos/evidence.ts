/** What the checks of a trial look at. */
import { nameOf, type WitnessedRun } from '#test/support/witness/runs';
import type { Records, Task } from './records.ts';
import type { Accepted, Trail } from './trail.ts';

export type Evidence = {
  readonly trail: Trail;
  /** By job and task. */
  readonly runs: ReadonlyMap<string, readonly WitnessedRun[]>;
  readonly tasks: readonly Task[];
  /** The requeues of a job that were done or may have been. */
  requeuesOf(jobId: string): readonly Accepted[];
  /** From when on everything belongs to the last run of the job. */
  lastRequeueMs(jobId: string): number;
  hasRun(task: Task, attempt: number): boolean;
};

/** The evidence of a trial that has ended. */
export function evidenceOf(trail: Trail, { jobs }: Records, witnessed: readonly WitnessedRun[]): Evidence {
  const runs = Map.groupBy(witnessed, nameOf);
  const requeues = Map.groupBy(trail.accepted('requeue'), ({ id }) => id);
  const requeuesOf = (jobId: string) => requeues.get(jobId) ?? [];
  return {
    trail,
    runs,
    tasks: jobs.flatMap(({ tasks }) => tasks),
    requeuesOf,
    lastRequeueMs: (jobId) => Math.max(0, ...requeuesOf(jobId).map(({ sentMs }) => sentMs)),
    hasRun: (task, attempt) => (runs.get(nameOf(task)) ?? []).some((run) => run.attempt === attempt),
  };
}
