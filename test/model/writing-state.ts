/** What the model of the writing of a job's tasks knows, and what must hold of it. */
import { isFinalJob, isFinalTask, type JobStatus, type TaskStatus } from '#domain/statuses';
import type { Model } from './explore.ts';
import { at } from './state.ts';

/** The rules of the writing: the code keeps them all; a test switches one off. */
export type WritingRules = {
  readonly jobFirst: boolean;
  readonly offerWrittenOnly: boolean;
  readonly endWrittenOnly: boolean;
  readonly acceptByLease: boolean;
  readonly fenceBeforeRemoval: boolean;
  readonly createOnlyNew: boolean;
  readonly passWhenWritten: boolean;
};

export const WRITING_AS_WRITTEN: WritingRules = {
  jobFirst: true,
  offerWrittenOnly: true,
  endWrittenOnly: true,
  acceptByLease: true,
  fenceBeforeRemoval: true,
  createOnlyNew: true,
  passWhenWritten: true,
};

export const TASKS = 2;
type Holder = '' | 'request' | 'workflow' | 'remover';
export type WritingState = {
  job: { there: boolean; status: JobStatus; holder: Holder; kept: boolean; offered: boolean; passed: boolean };
  tasks: (TaskStatus | '')[];
  /** `stray` is a write that it has sent and not heard of. */
  request: {
    phase: 'new' | 'writing' | 'keeping' | 'ending' | 'replied' | 'refused' | 'dead';
    task: number;
    stray: number;
  };
  workflow: { phase: 'idle' | 'writing' | 'ending'; task: number; faults: number };
  pass: { phase: 'idle' | 'passing'; task: number };
  remover: { phase: 'idle' | 'deleting'; task: number };
  /** The time of the request's lease is over. It sends nothing more by then, but may come back to life. */
  leaseOver: boolean;
};

export const WRITING_INVARIANTS: Model<WritingState>['rules'] = [
  {
    name: 'a task runs only when all of its job exist',
    holds: ({ tasks }, before) =>
      tasks.every((status, index) => status !== 'Finished' || before.tasks[index] === 'Finished' || isWhole(before)),
  },
  {
    name: 'a task that has run does not change',
    holds: ({ tasks }, before) =>
      before.tasks.every((status, index) => status !== 'Finished' || tasks[index] === 'Finished'),
  },
  {
    name: 'a job that has ended has all its tasks, and none is open',
    holds: (state) => !(state.job.there && isFinalJob(state.job.status)) || (isWhole(state) && !isOpen(state)),
  },
  {
    name: 'a job that was accepted is not lost',
    holds: ({ request, job }) => request.phase !== 'replied' || job.there,
  },
];

export function isOver({ job, tasks }: WritingState): boolean {
  return job.there ? isFinalJob(job.status) : tasks.every((status) => status === '');
}

function isWhole({ tasks }: WritingState): boolean {
  return tasks.every((status) => status !== '');
}

export function isOpen({ tasks }: WritingState): boolean {
  return tasks.some((status) => status !== '' && !isFinalTask(status));
}

export function create(state: WritingState, task: number, { createOnlyNew }: WritingRules): void {
  if (at(state.tasks, task) === '' || !createOnlyNew) state.tasks[task] = 'Ready';
}

/** The write that ends the writing, and offers the job. Whether it was applied. */
export function endWriting(state: WritingState, holder: Holder, { acceptByLease }: WritingRules): boolean {
  const { job } = state;
  if (!job.there || (acceptByLease ? job.holder !== holder : job.holder === '')) return false;
  Object.assign(job, { holder: '', offered: job.status === 'Waiting' });
  return true;
}
