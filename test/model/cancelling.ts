/**
 * Cancel, as `engine/jobs/cancel-job.ts` does it: the guarded write of the job, then the pass over its tasks in batches,
 * then the final check.
 */
import { JOB_MOVES, TASK_MOVES } from '#domain/status-moves';
import { isFinalTask } from '#domain/statuses';
import { finalCheck } from './completion.ts';
import type { Step } from './explore.ts';
import { at, type Setting, type State } from './state.ts';

/** The steps of the canceller, of its death and of its resumption by the reaper. */
export function canceller(setting: Setting): Step<State>[] {
  return [
    {
      name: 'the cancel is accepted',
      when: ({ job, canceller }) =>
        setting.cancels && canceller.phase === 'idle' && isOneOf(JOB_MOVES.cancel.from, job.status),
      act(state) {
        state.job.status = JOB_MOVES.cancel.to;
        begin(state);
      },
    },
    ...setting.tasks.map((_, task) => dropInBatch(task)),
    {
      name: 'the pass marks a task that the batch did not drop',
      when: ({ canceller }) => canceller.phase === 'marking',
      act: (state) => mark(state, setting),
    },
    {
      name: 'the pass drops a task that was given back',
      when: ({ canceller }) => canceller.phase === 'again',
      act(state) {
        if (drop(state, at(state.canceller.refused, 0))) goOn(state);
        else state.canceller.phase = 'marking';
      },
    },
    {
      name: 'the pass is noted as done',
      when: ({ canceller }) => canceller.phase === 'noting',
      act(state) {
        if (state.job.status === 'Cancelling') state.job.passed = true;
        const checks = setting.rules.checkAfterRefusal || state.canceller.applied;
        Object.assign(state.canceller, { phase: checks ? 'checking' : 'done', applied: false });
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
        Object.assign(state.canceller, { phase: 'dead', read: '', left: [], refused: [], applied: false });
      },
    },
    {
      name: 'the reaper resumes the cancel',
      when: ({ job, canceller }) =>
        setting.reaper && canceller.phase === 'dead' && job.status === 'Cancelling' && !job.passed,
      act: begin,
    },
  ];
}

function begin({ canceller, tasks }: State): void {
  Object.assign(canceller, { phase: 'dropping', left: [...tasks.keys()], refused: [] });
}

/** The writes of one batch are independent: they are made in any order, and others come between them. */
function dropInBatch(task: number): Step<State> {
  return {
    name: `the batch drops task ${task} unless it has started`,
    when: ({ canceller }) => canceller.phase === 'dropping' && canceller.left.includes(task),
    act(state) {
      const { canceller } = state;
      canceller.left = canceller.left.filter((each) => each !== task);
      if (!drop(state, task)) canceller.refused = [...canceller.refused, task].sort();
      if (canceller.left.length === 0) canceller.phase = canceller.refused.length > 0 ? 'marking' : 'noting';
    },
  };
}

function drop(state: State, index: number): boolean {
  const task = at(state.tasks, index);
  if (!isOneOf(TASK_MOVES.drop.from, task.status)) return false;
  task.status = TASK_MOVES.drop.to;
  state.canceller.applied = true;
  return true;
}

function mark(state: State, { rules }: Setting): void {
  const task = at(state.tasks, at(state.canceller.refused, 0));
  if (isOneOf(TASK_MOVES.markCancelling.from, task.status)) {
    task.status = TASK_MOVES.markCancelling.to;
    state.canceller.applied = true;
    goOn(state);
    return;
  }
  const settled = isFinalTask(task.status) || task.status === 'Cancelling';
  if (settled || !rules.passRepeats) goOn(state);
  else state.canceller.phase = 'again';
}

function goOn({ canceller }: State): void {
  canceller.refused.shift();
  canceller.phase = canceller.refused.length > 0 ? 'marking' : 'noting';
}

function isOneOf(statuses: readonly string[], status: string): boolean {
  return statuses.includes(status);
}
