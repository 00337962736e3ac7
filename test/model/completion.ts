/**
 * The final check, as `engine/jobs/complete-job.ts` makes it, and the reaper that makes it for those who died before
 * theirs.
 */
import { JOB_MOVES } from '#domain/status-moves';
import { isFinalJob, type JobStatus } from '#domain/statuses';
import type { Step } from './explore.ts';
import { type Checker, hasOpenTask, type Setting, type State } from './state.ts';

export type FinalCheck<Phase extends string> = {
  readonly who: string;
  readonly of: (state: State) => Checker<Phase>;
  readonly mayRead: (state: State) => boolean;
  /** What it does next. */
  readonly next: (state: State) => void;
};

/**
 * Reads whether a task is open and, if none is, the job's status, which guards the write of the final one. The two
 * reads are one step: a final task never opens again, so that what the first has seen still holds at the second.
 */
export function finalCheck<Phase extends string>(check: FinalCheck<Phase>, { rules }: Setting): Step<State>[] {
  const { who, of, next, mayRead } = check;
  return [
    {
      name: `${who} looks for open tasks`,
      when: (state) => of(state).phase === 'checking' && mayRead(state),
      act(state) {
        if (hasOpenTask(state) || isFinalJob(state.job.status)) return next(state);
        Object.assign(of(state), { phase: 'closing', read: state.job.status });
      },
    },
    {
      name: `${who} ends the job`,
      when: (state) => of(state).phase === 'closing',
      act(state) {
        const applied = state.job.status === of(state).read;
        if (applied) state.job.status = finalStatus(state);
        of(state).read = '';
        if (applied || !rules.checkAfterRefusal) return next(state);
        of(state).phase = 'checking';
      },
    },
  ];
}

/**
 * The reaper ends what is left open without an open task. It reads and writes in one step: others race with their own
 * checks.
 */
export function reaper({ reaper }: Setting): Step<State>[] {
  const passGoesOn = ({ job }: State) => job.status === 'Cancelling' && !job.passed;
  return [
    {
      name: 'the reaper ends the job',
      when: (state) => reaper && !isFinalJob(state.job.status) && !hasOpenTask(state) && !passGoesOn(state),
      act(state) {
        state.job.status = finalStatus(state);
      },
    },
  ];
}

function finalStatus({ job, tasks }: State): JobStatus {
  if (job.status === 'Cancelling') return JOB_MOVES.endCancel.to;
  return tasks.some((task) => task.status === 'Error') ? JOB_MOVES.fail.to : JOB_MOVES.finish.to;
}
