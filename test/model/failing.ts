/** Faults of server 0: it crashes, it is fenced although it lives, requests of its claims get lost or land late. */
import { TASK_MOVES } from '#domain/status-moves';
import { isFinalTask } from '#domain/statuses';
import type { Step } from './explore.ts';
import { rest } from './serving.ts';
import { at, type ModelServer, NONE, refuseStrays, type Setting, type State, writeClaim, writeEnd } from './state.ts';

const WHO = 'server 0';
const victim = (state: State) => at(state.servers, 0);
/** In these phases a write is under way. */
const SENT = ['claiming', 'finishing', 'retrying', 'failing', 'undoing', 'dropping', 'closing'];

/** The crash, and what becomes of a claim whose request has failed. */
export function failures(setting: Setting): Step<State>[] {
  return [
    {
      name: `${WHO} crashes`,
      when: (state) => state.faults > 0 && victim(state).alive,
      act(state) {
        state.faults -= 1;
        die(victim(state));
      },
    },
    ...givesUp(setting),
    ...strays(),
    {
      name: `${WHO} undoes the claim whose outcome it does not know`,
      when: (state) => victim(state).alive && victim(state).unknown.task !== NONE,
      act: (state) => undo(state, setting),
    },
  ];
}

/** It gives up a claim; or only the first request of it, while the repeat is made. */
function givesUp({ rules }: Setting): Step<State>[] {
  const isSending = ({ alive, phase, stray }: ModelServer) => alive && phase === 'claiming' && stray.task === NONE;
  return [
    {
      name: `${WHO} gives up on the claim before it lands`,
      when: (state) => state.faults > 0 && isSending(victim(state)) && victim(state).unknown.task === NONE,
      act(state) {
        state.faults -= 1;
        const { task } = victim(state);
        victim(state).stray.task = task;
        if (rules.undoUnknown) victim(state).unknown.task = task;
        rest(victim(state));
      },
    },
    {
      name: `${WHO} claims the task by a repeat of its request`,
      when: (state) => state.faults > 0 && isSending(victim(state)),
      act(state) {
        state.faults -= 1;
        const { task } = victim(state);
        if (!writeClaim(state, task, 0)) return rest(victim(state));
        const { claim } = at(state.tasks, task);
        victim(state).stray = { task, claim };
        Object.assign(victim(state), { phase: 'claimed', claim, late: state.job.status !== 'Executing' });
      },
    },
  ];
}

/** A request that was given up lands, or never does. */
function strays(): Step<State>[] {
  return [
    {
      name: `the claim that ${WHO} gave up lands`,
      when: (state) => victim(state).stray.task !== NONE,
      act(state) {
        const { stray, unknown } = victim(state);
        const id = stray.claim === NONE ? undefined : stray.claim;
        const isMade = writeClaim(state, stray.task, 0, id);
        if (isMade && unknown.task === stray.task) unknown.claim = at(state.tasks, stray.task).claim;
        forget(stray);
      },
    },
    {
      name: `the claim that ${WHO} gave up is lost`,
      when: (state) => victim(state).stray.task !== NONE,
      act: (state) => forget(victim(state).stray),
    },
  ];
}

/** As `undoUnknownClaim`: its writes are one step, since only this claim's own id can undo it. The reaper checks. */
function undo(state: State, { rules }: Setting): void {
  const { unknown } = victim(state);
  const { task: index, claim } = unknown;
  if (at(state.tasks, index).status === 'Ready') refuseStrays(state, index);
  const isUndone = claim !== NONE && writeEnd(state, { index, claim, move: TASK_MOVES.undoClaim }, rules);
  if (claim !== NONE && !isUndone) writeEnd(state, { index, claim, move: TASK_MOVES.dropClaim }, rules);
  forget(unknown);
}

/** The claim is undone, or cannot land any more. */
export function forget(claim: { task: number; claim: number }): void {
  Object.assign(claim, { task: NONE, claim: NONE });
}

/** Ends the process: it does nothing more, but what it has sent may land. */
export function die(server: ModelServer): void {
  server.alive = false;
  forget(server.unknown);
  if (!SENT.includes(server.phase)) rest(server);
}

/** A task that the server holds according to its record: a finished one still names its server, but is not open. */
export function heldBy({ tasks }: State, server: number): number {
  return tasks.findIndex((task) => task.server === server && !isFinalTask(task.status));
}
