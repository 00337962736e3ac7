/**
 * Fence, proof and settlement of server 0, as the reaper, `engine/servers/` and `engine/tasks/claim-task.ts` do them.
 */
import { SERVER_MOVES, TASK_MOVES } from '#domain/status-moves';
import { finalCheck } from './completion.ts';
import type { Step } from './explore.ts';
import { die, forget, heldBy } from './failing.ts';
import { rest } from './serving.ts';
import { at, type ModelTask, NONE, type Setting, type Settler, type State, writeEnd } from './state.ts';

const victim = (state: State) => at(state.servers, 0);

/** The steps that fence the server, and those that settle what it held, twice. */
export function settler(setting: Setting): Step<State>[] {
  return [...fence(setting), ...settle(setting), ...twice(setting)];
}

function fence({ rules }: Setting): Step<State>[] {
  return [
    {
      name: 'server 0 is declared lost',
      // A server that lives but is not heard is taken for lost, too.
      when: (state) => victim(state).status === 'Active' && (!victim(state).alive || state.faults > 0),
      act(state) {
        if (victim(state).alive) state.faults -= 1;
        victim(state).status = SERVER_MOVES.declareLost.to;
      },
    },
    {
      name: 'the container of server 0 is stopped',
      when: (state) => victim(state).status === 'Lost' && victim(state).alive,
      act: (state) => die(victim(state)),
    },
    {
      name: 'the stop of server 0 is proven',
      when: (state) => victim(state).status === 'Lost' && !(rules.settleAfterProof && victim(state).alive),
      act(state) {
        victim(state).status = SERVER_MOVES.proveStopped.to;
        state.settler.phase = 'settling';
      },
    },
  ];
}

function settle(setting: Setting): Step<State>[] {
  const fateOf = (state: State, task: number) => fateNow(at(state.tasks, task), at(setting.tasks, task).restartable);
  return [
    {
      name: 'the settler reads a task that server 0 held',
      when: (state) => state.settler.phase === 'settling' && heldBy(state, 0) !== NONE,
      act(state) {
        const task = heldBy(state, 0);
        const { claim } = at(state.tasks, task);
        Object.assign(state.settler, { phase: 'writing', task, claim, fate: fateOf(state, task) });
      },
    },
    {
      name: 'the settler settles it',
      when: (state) => state.settler.phase === 'writing',
      act(state) {
        const { task: index, claim, fate } = state.settler;
        const task = at(state.tasks, index);
        const applied = fate !== '' && writeEnd(state, { index, claim, move: TASK_MOVES[fate] }, setting.rules);
        if (!applied && task.claim === claim) state.settler.fate = fateOf(state, index);
        else followEnd(state.settler, applied || setting.rules.checkAfterRefusal);
      },
    },
    ...finalCheck(
      {
        who: 'the settler',
        of: (state) => state.settler,
        mayRead: () => true,
        next(state) {
          state.settler.phase = 'settling';
        },
      },
      setting,
    ),
  ];
}

/**
 * That the index of held tasks may lag is the same, here, as that a claim lands late: the first pass does not see it.
 */
function twice({ rules }: Setting): Step<State>[] {
  return [
    {
      name: 'the settler finds nothing more',
      when: (state) => state.settler.phase === 'settling' && heldBy(state, 0) === NONE,
      act(state) {
        state.settler.phase = state.settler.again || !rules.settleTwice ? 'closed' : 'waiting';
      },
    },
    {
      name: 'what server 0 had sent has landed or never will, and the settler comes again',
      when: (state) => state.settler.phase === 'waiting',
      act(state) {
        rest(victim(state));
        forget(victim(state).stray);
        Object.assign(state.settler, { phase: 'settling', again: true });
      },
    },
  ];
}

function fateNow({ status }: ModelTask, restartable: boolean): Settler['fate'] {
  if (status === 'Cancelling') return 'stop';
  if (status !== 'Executing') return '';
  return restartable ? 'restart' : 'interrupt';
}

function followEnd(settler: Settler, checks: boolean): void {
  Object.assign(settler, { phase: checks ? 'checking' : 'settling', task: NONE, claim: NONE, fate: '' });
}
