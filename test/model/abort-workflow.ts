/**
 * The request of an abort (`engine/aborts/`), its workflow (`abort-job.asl.json`, `functions/steps/*`), and how
 * either dies.
 */
import {
  completeAbort,
  drainServer,
  forget,
  isAliveStatus,
  isInPlan,
  isOpen,
  proveStopped,
  recallServer,
  requestStop,
  resumeServer,
  takeOff,
  takeOffStopping,
} from './abort-records.ts';
import type { AbortPhase, AbortRules, AbortSetting, AbortState, ModelAbort } from './abort-state.ts';
import type { Step } from './explore.ts';
import { at } from './state.ts';

/** Does what belongs to a phase, and returns the next one. */
type Act = (state: AbortState, abort: ModelAbort) => AbortPhase;
type Phase = readonly [AbortPhase, Act];

/** The steps of one abort. */
export function abortSteps(index: number, setting: AbortSetting): Step<AbortState>[] {
  const { rules } = setting;
  const of = (state: AbortState) => at(state.aborts, index);
  const step = ([phase, act]: Phase): Step<AbortState> => ({
    name: `abort ${index}: ${phase}`,
    when: (state) => of(state).phase === phase,
    act(state) {
      of(state).phase = act(state, of(state));
    },
  });
  const phases = [...request(rules), ...refusal(rules), ...restart(rules), ...ends(rules)];
  return [plan(index), ...phases.map(step), ...waits(index, setting), ...faults(index)];
}

/** The plan is read and confirmed. */
function plan(index: number): Step<AbortState> {
  return {
    name: `abort ${index}: plan`,
    when: (state) => {
      const { phase, own } = at(state.aborts, index);
      return phase === 'idle' && own === 'Cancelling' && isAliveStatus(state.server.status);
    },
    act(state) {
      Object.assign(at(state.aborts, index), { confirmed: isInPlan(state), phase: 'record' });
    },
  };
}

function request(rules: AbortRules): Phase[] {
  const early = !rules.forceAfterDrain;
  return [
    [
      'record',
      then('drain', (_state, abort) => Object.assign(abort, { status: 'Draining', inForce: early, linked: early })),
    ],
    ['drain', then('compare', (state, abort) => drainServer(state, abort, rules))],
    ['compare', (state, abort) => verdictOn(state, abort, rules)],
    ['bring into force', then('link', (_state, abort) => Object.assign(abort, { inForce: true }))],
    ['link', then('start', (_state, abort) => Object.assign(abort, { linked: true }))],
    ['start', then('DrainServer')],
  ];
}

/** From its drain on the server starts nothing: what the plan shows now is all that can be harmed. */
function verdictOn(state: AbortState, abort: ModelAbort, rules: AbortRules): AbortPhase {
  if (!rules.compareAfterDrain) return 'bring into force';
  const nothingLeft = abort.own !== 'Cancelling' || !isAliveStatus(state.server.status);
  return nothingLeft || (isInPlan(state) && !abort.confirmed) ? 'take back' : 'bring into force';
}

/** A refused abort changes nothing. */
function refusal(rules: AbortRules): Phase[] {
  return [
    ['take back', then('resume', (state, abort) => takeOff(state, abort, rules))],
    ['resume', then('delete', (state) => resumeServer(state, rules))],
    ['delete', then('refused', (_state, abort) => forget(abort))],
  ];
}

function restart(rules: AbortRules): Phase[] {
  return [
    ['DrainServer', awaitDrain],
    ['StopServer', (state, abort) => stopServer(state, abort, rules)],
    ['note restarting', then('ask ECS', (_state, abort) => noteRestarting(abort))],
    [
      'ask ECS',
      then('note accepted', ({ ecs, process }) => Object.assign(ecs, { stopSent: ecs.stopSent || process.alive })),
    ],
    ['note accepted', then('await stopped', ({ server }) => noteAccepted(server))],
    ['SettleServer', (state) => (state.server.settled ? 'CompleteAbort' : 'SettleServer')],
  ];
}

function awaitDrain({ server }: AbortState, abort: ModelAbort): AbortPhase {
  if (!abort.named) return 'CompleteAbort';
  if (server.status !== 'Draining') return 'StopServer';
  abort.drainToken = true;
  return 'await drained';
}

function stopServer(state: AbortState, abort: ModelAbort, rules: AbortRules): AbortPhase {
  if (requestStop(state, abort, rules)) return 'note restarting';
  if (!abort.named) return 'CompleteAbort';
  if (state.server.status === 'Stopped') return 'SettleServer';
  abort.stopToken = true;
  return 'await stopped';
}

function noteRestarting(abort: ModelAbort): void {
  if (abort.status === 'Draining') abort.status = 'Restarting';
}

function noteAccepted(server: AbortState['server']): void {
  server.accepted ||= server.status === 'Stopping';
}

function ends(rules: AbortRules): Phase[] {
  const complete: Act = (state, abort) => {
    completeAbort(state, abort);
    return isOpen(abort) ? 'FailAbort' : 'done';
  };
  return [
    ['CompleteAbort', complete],
    ['FailAbort', then('fail: give back', (_state, abort) => isOpen(abort) && Object.assign(abort, { failed: true }))],
    ['fail: give back', then('fail: resume', (state, abort) => takeOff(state, abort, rules))],
    ['fail: resume', then('fail: take off', (state) => resumeServer(state, rules))],
    ['fail: take off', then('fail: recall', (state, abort) => takeOffStopping(state, abort, rules))],
    ['fail: recall', then('fail: end', (state) => recallServer(state, rules))],
    ['fail: end', then('done', (state, abort) => completeAbort(state, abort))],
  ];
}

/** What ends a wait besides its callback. */
function waits(index: number, { rules }: AbortSetting): Step<AbortState>[] {
  const of = (state: AbortState) => at(state.aborts, index);
  const wait = (name: string, from: AbortPhase, when: (state: AbortState) => boolean): Step<AbortState> => ({
    name: `abort ${index}: ${name}`,
    when: (state) => of(state).phase === from && when(state),
    act(state) {
      if (from === 'await stopped') proveStopped(state);
      of(state).phase = from === 'await stopped' ? 'SettleServer' : 'StopServer';
    },
  });
  // They prove nothing: a server that still drains, dead or alive, is waited for again.
  const isPastDrain = ({ server }: AbortState) => server.status !== 'Draining';
  return [
    wait('the drain period is over', 'await drained', () => true),
    wait('heartbeats are missed', 'await drained', isPastDrain),
    wait('FindStopProof', 'await stopped', ({ process }) => rules.askWithoutEvent && !process.alive),
  ];
}

const REQUEST: readonly string[] =
  'record, drain, compare, bring into force, link, start, take back, resume, delete'.split(', ');
const STOPPING: readonly string[] = ['note restarting', 'ask ECS', 'note accepted', 'await stopped'];
const WORKFLOW: readonly string[] = [
  ...['DrainServer', 'await drained', 'StopServer', ...STOPPING],
  ...['SettleServer', 'CompleteAbort', 'FailAbort'],
  ...['fail: give back', 'fail: resume', 'fail: take off', 'fail: recall', 'fail: end'],
];

/**
 * The request dies; a step's success is lost, and it is tried again; it fails for good; an operator ends the workflow.
 */
function faults(index: number): Step<AbortState>[] {
  const of = (state: AbortState) => at(state.aborts, index);
  const fault = (name: string, from: readonly string[], to: AbortPhase): Step<AbortState> => ({
    name: `abort ${index}: ${name}`,
    when: (state) => state.faults > 0 && from.includes(of(state).phase),
    act(state) {
      state.faults -= 1;
      of(state).phase = to;
    },
  });
  return [
    fault('the request dies', REQUEST, 'request dead'),
    fault('DrainServer is tried again', ['await drained'], 'DrainServer'),
    fault('StopServer is tried again', STOPPING, 'StopServer'),
    fault('a step fails for good', ['StopServer', ...STOPPING], 'FailAbort'),
    fault('the workflow dies', WORKFLOW, 'workflow dead'),
  ];
}

function then(phase: AbortPhase, act: (state: AbortState, abort: ModelAbort) => unknown = () => undefined): Act {
  return (state, abort) => {
    act(state, abort);
    return phase;
  };
}
