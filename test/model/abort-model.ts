/** The model of the server abort: its processes, and the invariants that they keep together. */
import { isFinalTask } from '#domain/statuses';
import { endingSteps } from './abort-reaping.ts';
import { isOpen } from './abort-records.ts';
import { serverSteps } from './abort-server.ts';
import {
  type AbortPhase,
  type AbortRules,
  type AbortSetting,
  type AbortState,
  initialAbortState,
} from './abort-state.ts';
import { abortSteps } from './abort-workflow.ts';
import type { Model, Rule } from './explore.ts';

/** The rules as the code keeps them. */
export const ABORT_AS_WRITTEN: AbortRules = {
  readServerAfterClaim: true,
  startOnlyUndrained: true,
  compareAfterDrain: true,
  forceAfterDrain: true,
  joinStopping: true,
  waitForExecuting: true,
  stopOnlyNamed: true,
  resumeOnlyUnnamed: true,
  resumeOnlyDraining: true,
  settleAfterProof: true,
  settleTwice: true,
  askWithoutEvent: true,
  reapAborts: true,
  reapDrains: true,
  recallUnaccepted: true,
  recallOnlyUnaccepted: true,
};

/** The model in this setting. */
export function abortModel(setting: AbortSetting): Model<AbortState> {
  return {
    initial: initialAbortState(setting),
    processes: [
      ...Array.from({ length: setting.aborts }, (_, index) => abortSteps(index, setting)),
      serverSteps(setting),
      endingSteps(setting),
    ],
    rules: [...INVARIANTS, ...(setting.faults === 0 ? [NO_FAILURE] : [])],
    end: { name: 'I6: every abort comes to its end, and no server is left behind', holds: isOver },
  };
}

const INVARIANTS: readonly Rule<AbortState>[] = [
  {
    name: 'I2: a final task never changes',
    holds: ({ bystander }, { bystander: before }) => !isFinalTask(before.status) || bystander.status === before.status,
  },
  {
    name: 'I2: a final task runs nowhere',
    holds: ({ aborts, bystander, process }) =>
      !(isFinalTask(bystander.status) && bystander.runs.includes(true)) &&
      !(process.alive && aborts.some(({ own }) => own === 'Cancelled')),
  },
  {
    name: 'I3: no two attempts of a task run at once',
    holds: ({ bystander }) => bystander.runs.filter((runs) => runs).length <= 1,
  },
  {
    name: 'I4: nothing starts that was claimed after the order to drain',
    holds: ({ process, bystander }) => !(process.late && bystander.runs[0]),
  },
  {
    name: 'I4: a server that has said that it is drained runs nothing in Executing',
    holds: ({ process, bystander }) => !(process.saidDrained && bystander.runs[0]),
  },
  {
    name: 'I4: a server that an abort names does not work',
    holds: ({ server, aborts }) => server.status !== 'Active' || !aborts.some(({ named }) => named),
  },
  {
    name: 'I4: a stop that was accepted is carried out',
    holds: ({ server }, before) => !before.server.accepted || !['Active', 'Draining'].includes(server.status),
  },
  { name: 'I4: a server is stopped only for an abort that asks for it', holds: ({ wronged }) => !wronged },
  { name: 'I5: nothing is stopped outside the plan that was confirmed', holds: ({ harmed }) => !harmed },
  {
    name: 'an abort that is Completed has stopped what it was to stop',
    holds: ({ aborts }) => aborts.every(({ status, own }) => status !== 'Completed' || own === 'Cancelled'),
  },
  {
    name: 'an abort is Withdrawn only if a user withdrew it',
    holds: ({ aborts }) => aborts.every(({ status, withdrawn }) => status !== 'Withdrawn' || withdrawn),
  },
];

const NO_FAILURE: Rule<AbortState> = {
  name: 'an abort fails only by a fault',
  holds: ({ aborts }) => !aborts.some(({ status }) => status === 'Failed'),
};

const ENDED: readonly AbortPhase[] = ['idle', 'refused', 'request dead', 'done', 'workflow dead'];

function isOver({ aborts, server, process, bystander }: AbortState): boolean {
  const isAtWork = server.status === 'Active' && process.alive && !aborts.some(({ named }) => named);
  const isClosed = server.status === 'Stopped' && server.closed && bystander.holder !== 0;
  return aborts.every((abort) => !isOpen(abort) && ENDED.includes(abort.phase)) && (isAtWork || isClosed);
}
