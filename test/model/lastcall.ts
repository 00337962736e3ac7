/** The model of the protocols: the processes, and the invariants that they keep together. */
import { isFinalJob, isFinalTask } from '#domain/statuses';
import { canceller } from './cancelling.ts';
import { reaper } from './completion.ts';
import type { Model, Rule } from './explore.ts';
import { failures } from './failing.ts';
import { server } from './serving.ts';
import { settler } from './settling.ts';
import { hasOpenTask, initialState, type Rules, type Setting, type State } from './state.ts';

/** The rules as the code keeps them. */
export const AS_WRITTEN: Rules = {
  readJobAfterClaim: true,
  undoOnlyUnmarked: true,
  retryOnlyUnmarked: true,
  endOnlyOwnClaim: true,
  passRepeats: true,
  checkAfterRefusal: true,
  settleAfterProof: true,
  settleTwice: true,
  undoUnknown: true,
  newReadyKey: true,
};

/** The model in this setting. Another protocol is another list of steps. */
export function lastcall(setting: Setting): Model<State> {
  return {
    initial: initialState(setting),
    processes: [
      server(0, setting),
      server(1, setting),
      failures(setting),
      settler(setting),
      canceller(setting),
      reaper(setting),
    ],
    rules: INVARIANTS,
    end: { name: 'I6: the job can always come to its end', holds: ({ job }) => isFinalJob(job.status) },
  };
}

const INVARIANTS: readonly Rule<State>[] = [
  {
    name: 'I1: no task that was claimed after the acceptance of a cancel starts its handler',
    holds: ({ servers }) => !servers.some((each) => each.alive && each.phase === 'running' && each.late),
  },
  {
    name: 'I1: what still runs when the pass of a cancel is over is marked',
    holds: ({ job, tasks, servers }) =>
      !job.passed || tasks.every((task, index) => task.status === 'Cancelling' || runsOf(servers, index) === 0),
  },
  {
    name: 'I2: a final task never changes',
    holds: ({ tasks }, before) =>
      before.tasks.every((task, index) => !isFinalTask(task.status) || task.status === tasks[index]?.status),
  },
  {
    name: 'I2: a final task runs nowhere',
    holds: ({ tasks, servers }) =>
      tasks.every((task, index) => !isFinalTask(task.status) || runsOf(servers, index) === 0),
  },
  {
    name: 'I2: a final job never changes',
    holds: ({ job }, before) => !isFinalJob(before.job.status) || job.status === before.job.status,
  },
  {
    name: 'I2: a job is final only when no task of it is open',
    holds: (state) => !isFinalJob(state.job.status) || !hasOpenTask(state),
  },
  {
    name: 'I3: no two attempts of a task run at once',
    holds: ({ tasks, servers }) => tasks.every((_, index) => runsOf(servers, index) <= 1),
  },
];

/** On how many servers the task's handler runs now. */
function runsOf(servers: State['servers'], task: number): number {
  return servers.filter((each) => each.alive && each.phase === 'running' && each.task === task).length;
}
