/**
 * What the model of the server abort knows. One server (0) is drained and restarted, for one or two aborts; each abort
 * has one task of its own that runs there, `Cancelling` and deaf, so that only the restart ends it. A bystander runs on
 * server 0 or is claimed by it meanwhile; server 1 stands for every other server. What is left out: jobs, which follow
 * from their tasks (the other model has them); clocks: a deadline, a missed heartbeat or the reaper may come at any
 * time at which it can come at all (but the reaper not while the request that it would clean up after still lives: that
 * has a time limit); and index lag, but for a claim that lands late: a plan sees what runs. That missed heartbeats end
 * a drain is no rule here: they only end it sooner than its deadline would.
 */
import type { AbortStatus, ServerStatus, TaskStatus } from '#domain/statuses';

/** How far the request of an abort, and then its workflow, has come: the name of what it does next. */
export type AbortPhase =
  | 'idle'
  | 'record'
  | 'drain'
  | 'compare'
  | 'bring into force'
  | 'link'
  | 'start'
  | 'take back'
  | 'resume'
  | 'delete'
  | 'refused'
  | 'request dead'
  | 'DrainServer'
  | 'await drained'
  | 'StopServer'
  | 'note restarting'
  | 'ask ECS'
  | 'note accepted'
  | 'await stopped'
  | 'SettleServer'
  | 'CompleteAbort'
  | 'FailAbort'
  | 'fail: give back'
  | 'fail: resume'
  | 'fail: take off'
  | 'fail: recall'
  | 'fail: end'
  | 'done'
  | 'workflow dead';

export type ModelAbort = {
  /** Empty while there is no record. */
  status: AbortStatus | '';
  /** Whether others may withdraw and end it. */
  inForce: boolean;
  linked: boolean;
  withdrawn: boolean;
  failed: boolean;
  /** Whether the plan that was confirmed names the bystander. */
  confirmed: boolean;
  phase: AbortPhase;
  own: 'Cancelling' | 'Cancelled';
  /** What server 0's record has of it: that it drains for it, and the callbacks of its workflow. */
  named: boolean;
  drainToken: boolean;
  stopToken: boolean;
};

export type AbortState = {
  aborts: ModelAbort[];
  /** The record of server 0. */
  server: { status: ServerStatus; stopAsked: boolean; accepted: boolean; settled: boolean; closed: boolean };
  /** The process of server 0, and what it has heard with its last beat. */
  process: {
    alive: boolean;
    heard: ServerStatus;
    tokens: boolean[];
    /** Its claim of the bystander: found, claim sent; written; approved by the read of the server; refused. */
    claim: '' | 'found' | 'written' | 'approved' | 'refused';
    /** Whether the claim landed when the server was draining already. */
    late: boolean;
    saidDrained: boolean;
  };
  ecs: { stopSent: boolean; event: boolean; answering: boolean };
  bystander: { status: TaskStatus; holder: number; runs: boolean[] };
  withdrawer: { phase: '' | 'give back' | 'resume' | 'unmark' | 'complete' | 'answer' | 'over'; token: boolean };
  faults: number;
  /**
   * What has happened that must not: a stop for an abort that does not ask for it, a run that was stopped outside the
   * plan.
   */
  wronged: boolean;
  harmed: boolean;
};

/** The rules of the protocol, which the code keeps; a test takes one out. */
export type AbortRules = {
  readonly readServerAfterClaim: boolean;
  readonly startOnlyUndrained: boolean;
  readonly compareAfterDrain: boolean;
  readonly forceAfterDrain: boolean;
  readonly joinStopping: boolean;
  readonly waitForExecuting: boolean;
  readonly stopOnlyNamed: boolean;
  readonly resumeOnlyUnnamed: boolean;
  readonly resumeOnlyDraining: boolean;
  readonly settleAfterProof: boolean;
  readonly settleTwice: boolean;
  readonly askWithoutEvent: boolean;
  readonly reapAborts: boolean;
  readonly reapDrains: boolean;
  readonly recallUnaccepted: boolean;
  readonly recallOnlyUnaccepted: boolean;
};

export type AbortSetting = {
  /** Of two, the first one has the server drain already, and the second is about to. */
  readonly aborts: 1 | 2;
  /**
   * `Executing`: server 0 runs it from the start; `Ready`: it may claim it at any time; `Finished`: it is out of the
   * way.
   */
  readonly bystander: 'Ready' | 'Executing' | 'Finished';
  readonly withdraws: boolean;
  readonly restartable: boolean;
  readonly faults: number;
  readonly rules: AbortRules;
};

const UNASKED: ModelAbort = {
  status: '',
  inForce: false,
  linked: false,
  withdrawn: false,
  failed: false,
  confirmed: false,
  phase: 'idle',
  own: 'Cancelling',
  named: false,
  drainToken: false,
  stopToken: false,
};

/** Past its record. */
const RECORDED: ModelAbort = { ...UNASKED, status: 'Draining', confirmed: true, phase: 'drain' };
const IN_FORCE: ModelAbort = { ...RECORDED, inForce: true, linked: true, named: true, phase: 'DrainServer' };

/** The first state: server 0 works, the jobs of the aborts are Cancelling. */
export function initialAbortState({ aborts, bystander, faults }: AbortSetting): AbortState {
  const isRunning = bystander === 'Executing';
  return {
    aborts: aborts === 1 ? [{ ...UNASKED }] : [{ ...IN_FORCE }, { ...RECORDED }],
    server: {
      status: aborts === 1 ? 'Active' : 'Draining',
      stopAsked: false,
      accepted: false,
      settled: false,
      closed: false,
    },
    process: {
      alive: true,
      heard: 'Active',
      tokens: Array.from({ length: aborts }, () => false),
      claim: '',
      late: false,
      saidDrained: false,
    },
    ecs: { stopSent: false, event: false, answering: false },
    bystander: { status: bystander, holder: isRunning ? 0 : -1, runs: [isRunning, false] },
    withdrawer: { phase: '', token: false },
    faults,
    wronged: false,
    harmed: false,
  };
}
