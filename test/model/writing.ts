/**
 * The writing of a job's tasks, as `engine/jobs/submit-job.ts` and `engine/submissions` do it: the request, the workflow
 * that it leaves tasks to, a cancel, a server, and the reaper.
 */
import { JOB_MOVES } from '#domain/status-moves';
import { isFinalJob } from '#domain/statuses';
import type { Model, Step } from './explore.ts';
import {
  create,
  endWriting,
  isOpen,
  isOver,
  TASKS,
  WRITING_INVARIANTS,
  type WritingRules,
  type WritingState,
} from './writing-state.ts';

/** The model with these rules. */
export function writingModel(rules: WritingRules): Model<WritingState> {
  const initial: WritingState = {
    job: { there: false, status: 'Waiting', holder: '', kept: false, offered: false, passed: false },
    tasks: Array.from({ length: TASKS }, () => ''),
    request: { phase: 'new', task: 0, stray: -1 },
    workflow: { phase: 'idle', task: 0, faults: 1 },
    pass: { phase: 'idle', task: 0 },
    remover: { phase: 'idle', task: 0 },
    leaseOver: false,
  };
  return {
    initial,
    processes: [request(rules), workflow(rules), others(rules), remover(rules)],
    rules: WRITING_INVARIANTS,
    end: { name: 'the job ends, or nothing of it is left', holds: isOver },
  };
}

function request(rules: WritingRules): Step<WritingState>[] {
  const createJob = ({ job }: WritingState) =>
    Object.assign(job, { there: true, holder: 'request', offered: !rules.offerWrittenOnly });
  return [
    {
      name: 'the request creates the job',
      when: ({ request }) => request.phase === 'new',
      act(state) {
        if (rules.jobFirst) createJob(state);
        state.request.phase = 'writing';
      },
    },
    {
      name: 'the request writes a task',
      when: ({ request, leaseOver }) => request.phase === 'writing' && !leaseOver,
      act(state) {
        create(state, state.request.task, rules);
        state.request.task += 1;
        if (state.request.task === TASKS) state.request.phase = 'ending';
      },
    },
    {
      name: 'the request is out of time, with a write under way',
      when: ({ request, leaseOver }) => request.phase === 'writing' && !leaseOver && rules.jobFirst,
      act(state) {
        Object.assign(state.request, { phase: 'keeping', stray: state.request.task });
      },
    },
    {
      name: 'the write under way lands',
      when: ({ request, leaseOver }) => request.stray >= 0 && !leaseOver,
      act(state) {
        create(state, state.request.stray, rules);
        state.request.stray = -1;
      },
    },
    {
      name: 'the request leaves its tasks to the workflow',
      when: ({ request }) => request.phase === 'keeping',
      act({ job, request }) {
        const isOurs = job.there && job.holder === 'request';
        if (isOurs) Object.assign(job, { kept: true, holder: 'workflow' });
        request.phase = isOurs ? 'replied' : 'refused';
      },
    },
    {
      name: 'the request ends the writing',
      when: ({ request }) => request.phase === 'ending',
      act(state) {
        if (!rules.jobFirst) createJob(state);
        state.request.phase = endWriting(state, 'request', rules) ? 'replied' : 'refused';
      },
    },
    {
      name: 'the request dies',
      when: ({ request }) => ['writing', 'keeping', 'ending'].includes(request.phase),
      act({ request }) {
        request.phase = 'dead';
      },
    },
    {
      name: 'the lease of the request is over',
      when: ({ request, leaseOver }) => request.phase !== 'new' && !leaseOver,
      act(state) {
        Object.assign(state, { leaseOver: true });
        state.request.stray = -1;
      },
    },
  ];
}

function workflow(rules: WritingRules): Step<WritingState>[] {
  return [
    {
      name: 'the workflow starts',
      when: ({ job, workflow }) => job.kept && job.holder === 'workflow' && workflow.phase === 'idle',
      act({ workflow }) {
        Object.assign(workflow, { phase: 'writing', task: 0 });
      },
    },
    {
      name: 'the workflow writes a task',
      when: ({ workflow }) => workflow.phase === 'writing',
      act(state) {
        create(state, state.workflow.task, rules);
        state.workflow.task += 1;
        if (state.workflow.task === TASKS) state.workflow.phase = 'ending';
      },
    },
    {
      name: 'the workflow ends the writing',
      when: ({ workflow }) => workflow.phase === 'ending',
      act(state) {
        endWriting(state, 'workflow', rules);
        state.workflow.phase = 'idle';
      },
    },
    {
      name: 'the workflow dies',
      when: ({ workflow }) => workflow.phase !== 'idle' && workflow.faults > 0,
      act({ workflow }) {
        Object.assign(workflow, { phase: 'idle', faults: workflow.faults - 1 });
      },
    },
  ];
}

function others(rules: WritingRules): Step<WritingState>[] {
  const mayPass = ({ job }: WritingState) => job.there && (job.holder === '' || !rules.passWhenWritten);
  return [
    {
      name: 'a cancel is accepted',
      when: ({ job }) => job.there && job.status === 'Waiting',
      act({ job }) {
        Object.assign(job, { status: JOB_MOVES.cancel.to, offered: false });
      },
    },
    {
      name: 'the pass of the cancel starts',
      when: (state) =>
        mayPass(state) && state.job.status === 'Cancelling' && !state.job.passed && state.pass.phase === 'idle',
      act({ pass }) {
        Object.assign(pass, { phase: 'passing', task: 0 });
      },
    },
    {
      name: 'the pass drops a task',
      when: ({ pass }) => pass.phase === 'passing',
      act(state) {
        const { pass, tasks, job } = state;
        if (tasks[pass.task] === 'Ready') tasks[pass.task] = 'NotRun';
        pass.task += 1;
        if (pass.task < TASKS) return;
        job.passed = true;
        Object.assign(pass, { phase: 'idle', task: 0 });
      },
    },
    {
      name: 'a server runs a task',
      when: ({ job, tasks }) => job.there && job.offered && tasks.includes('Ready'),
      act({ tasks }) {
        tasks[tasks.indexOf('Ready')] = 'Finished';
      },
    },
    {
      name: 'the job is completed',
      when: (state) =>
        state.job.there &&
        !isFinalJob(state.job.status) &&
        (state.job.holder === '' || !rules.endWrittenOnly) &&
        !isOpen(state),
      act({ job }) {
        job.status = job.status === 'Cancelling' ? JOB_MOVES.endCancel.to : JOB_MOVES.finish.to;
      },
    },
  ];
}

/** The reaper removes a job that was not accepted: its tasks, then its record. */
function remover(rules: WritingRules): Step<WritingState>[] {
  return [
    {
      name: 'the reaper fences the request',
      when: ({ job, leaseOver, remover }) =>
        leaseOver && job.there && !job.kept && ['request', 'remover'].includes(job.holder) && remover.phase === 'idle',
      act({ job, remover }) {
        if (rules.fenceBeforeRemoval) job.holder = 'remover';
        Object.assign(remover, { phase: 'deleting', task: 0 });
      },
    },
    {
      name: 'the reaper deletes a task, and the job after the last one',
      when: ({ remover }) => remover.phase === 'deleting',
      act({ job, tasks, remover }) {
        if (remover.task < TASKS) {
          tasks[remover.task] = '';
          remover.task += 1;
          return;
        }
        if (job.holder === 'remover' || !rules.fenceBeforeRemoval) job.there = false;
        remover.phase = 'idle';
      },
    },
  ];
}
