/** I1 to I3: the runs that took place, against their records. */

import { nameOf, type WitnessedRun } from '#test/support/witness/runs';
import type { Evidence } from './evidence.ts';
import type { Task } from './records.ts';

/** From the read that lets a handler start to its first line, on a machine that does much else. */
const START_LAG_MS = 8_000;

/** Checks the attempts of a task against the runs that its handlers have written down. */
export function checkRuns(evidence: Evidence, task: Task): void {
  const runs = evidence.runs.get(nameOf(task)) ?? [];
  const violate: Violate = (rule, facts, isSo) => evidence.trail.violate(rule, { ...facts, task, runs }, isSo);
  for (const [index, run] of runs.entries()) checkRun({ run, before: runs[index - 1], task }, violate);
  for (const attempt of task.attempts) {
    const run = runs.find((each) => each.attempt === attempt.attempt);
    const { outcome = '', endedAt = '' } = attempt;
    violate('An attempt has an outcome but never ran', { attempt }, !run && mustHaveRun(attempt));
    if (!run) continue;
    violate('An attempt Finished without its end', { attempt }, outcome === 'Finished' && !run.ended);
    violate('A handler ran on after the end of its attempt', { attempt, run }, Date.parse(endedAt) < run.lastMs);
  }
  checkAfterCancel(evidence, task, runs);
}

/** An attempt that was stopped or timed out may have ended before its first line. */
function mustHaveRun({ outcome, error }: Task['attempts'][number]): boolean {
  return outcome === 'Finished' || (outcome === 'Error' && error?.name !== 'TimedOut');
}

type Violate = (rule: string, facts: object, isSo: boolean) => void;

function checkRun(
  { run, before, task }: { run: WitnessedRun; before: WitnessedRun | undefined; task: Task },
  violate: Violate,
): void {
  const recorded = task.attempts.filter(({ attempt }) => attempt === run.attempt);
  violate('An attempt started twice, or its start was not written down', { run }, run.starts !== 1);
  violate('A run is not recorded as one attempt (I2)', { run }, recorded.length !== 1);
  if (!before) return;
  violate('An attempt ran again', { run, before }, before.attempt >= run.attempt);
  violate('Two attempts of a task ran at once (I3)', { run, before }, before.lastMs > run.firstMs);
}

/** I1, by the times at which cancels were answered: what was claimed later in that run of the job must not have run. */
function checkAfterCancel({ trail, requeuesOf }: Evidence, task: Task, runs: readonly WitnessedRun[]): void {
  for (const cancel of trail.accepted('cancel')) {
    if (cancel.id !== task.jobId) continue;
    const requeued = requeuesOf(task.jobId).filter(({ answeredMs }) => answeredMs > cancel.sentMs);
    const untilMs = Math.min(Number.POSITIVE_INFINITY, ...requeued.map(({ sentMs }) => sentMs));
    for (const run of runs) {
      if (run.firstMs >= untilMs) continue;
      const claimed = task.attempts.find(({ attempt }) => attempt === run.attempt)?.startedAt ?? '';
      const isLate = Date.parse(claimed) > cancel.answeredMs || run.firstMs > cancel.answeredMs + START_LAG_MS;
      trail.violate('A task started after its job was cancelled (I1)', { cancel, run, task }, isLate);
    }
  }
}
