/**
 * Cancel, as `engine/jobs/cancel-job.ts` does it: the guarded write of the job, then the pass over its tasks, then the
 * final check.
 */
import { JOB_MOVES, TASK_MOVES } from '#domain/moves';
import { isFinalTask } from '#domain/statuses';
import { finalCheck } from './completion.ts';
import type { Step } from './explore.ts';
import { at, NONE, type Setting, type State } from './state.ts';

/** The steps of the canceller, of its death and of its resumption by the reaper. */
export function canceller(setting: Setting): Step<State>[] {
  return [
    {
      name: 'the cancel is accepted',
      when: ({ job, canceller }) =>
        setting.cancels && canceller.phase === 'idle' && isOneOf(JOB_MOVES.cancel.from, job.status),
      act(state) {
        state.job.status = JOB_MOVES.cancel.to;
        Object.assign(state.canceller, { phase: 'dropping', task: 0 });
      },
    },
    {
      name: 'the pass drops a task unless it has started',
      when: ({ canceller }) => canceller.phase === 'dropping',
      act(state) {
        const task = at(state.tasks, state.canceller.task);
        if (!isOneOf(TASK_MOVES.drop.from, task.status)) {
          state.canceller.phase = 'marking';
          return;
        }
        task.status = TASK_MOVES.drop.to;
        goOn(state, true);
      },
    },
    {
      name: 'the pass marks a task that has started',
      when: ({ canceller }) => canceller.phase === 'marking',
      act: (state) => mark(state, setting),
    },
    {
      name: 'the pass is noted as done',
      when: ({ canceller }) => canceller.phase === 'noting',
      act(state) {
        if (state.job.status === 'Cancelling') state.job.passed = true;
        const checks = setting.rules.checkAfterRefusal || state.canceller.applied;
        Object.assign(state.canceller, { phase: checks ? 'checking' : 'done', task: NONE, applied: false });
      },
    },
    ...finalCheck(
      {
        who: 'the canceller',
        of: (state) => state.canceller,
        mayRead: () => true,
        next(state) {
          state.canceller.phase = 'done';
        },
      },
      setting,
    ),
    {
      name: 'the canceller dies',
      when: ({ faults, canceller }) => faults > 0 && !['idle', 'done', 'dead'].includes(canceller.phase),
      act(state) {
        state.faults -= 1;
        Object.assign(state.canceller, { phase: 'dead', read: '', task: NONE, applied: false });
      },
    },
    {
      name: 'the reaper resumes the cancel',
      when: ({ job, canceller }) =>
        setting.reaper && canceller.phase === 'dead' && job.status === 'Cancelling' && !job.passed,
      act(state) {
        Object.assign(state.canceller, { phase: 'dropping', task: 0 });
      },
    },
  ];
}

function mark(state: State, { rules }: Setting): void {
  const task = at(state.tasks, state.canceller.task);
  if (isOneOf(TASK_MOVES.markCancelling.from, task.status)) {
    task.status = TASK_MOVES.markCancelling.to;
    goOn(state, true);
    return;
  }
  const settled = isFinalTask(task.status) || task.status === 'Cancelling';
  if (settled || !rules.passRepeats) goOn(state, false);
  else state.canceller.phase = 'dropping';
}

function goOn(state: State, applied: boolean): void {
  const { canceller, tasks } = state;
  canceller.applied ||= applied;
  canceller.task += 1;
  canceller.phase = canceller.task < tasks.length ? 'dropping' : 'noting';
}

function isOneOf(statuses: readonly string[], status: string): boolean {
  return statuses.includes(status);
}
