/**
 * Server 0's process while it is drained and stopped (`server/*.ts`), its container, and server 1, which takes what is
 * Ready.
 */
import { TASK_MOVES } from '#domain/status-moves';
import { isAliveStatus, isOneOf } from './abort-records.ts';
import type { AbortSetting, AbortState } from './abort-state.ts';
import type { Step } from './explore.ts';

/** The steps of the servers. */
export function serverSteps(setting: AbortSetting): Step<AbortState>[] {
  return [...beats(setting), ...claims(setting), ...runs(), ...container(), ...otherServer()];
}

function beats({ rules }: AbortSetting): Step<AbortState>[] {
  return [
    {
      name: 'server 0 beats',
      when: ({ process }) => process.alive,
      act(state) {
        const { process, server, aborts } = state;
        if (!isAliveStatus(server.status)) return exit(state);
        process.heard = server.status;
        process.tokens = aborts.map((abort) => server.status === 'Draining' && abort.drainToken);
        process.saidDrained &&= server.status !== 'Active';
      },
    },
    {
      name: 'server 0 says that it is drained',
      when: (state) => {
        const { process, bystander } = state;
        const isExecuting = bystander.runs[0] === true && bystander.status === 'Executing';
        return process.alive && process.tokens.includes(true) && !(rules.waitForExecuting && isExecuting);
      },
      act({ process, aborts }) {
        for (const [index, abort] of aborts.entries()) {
          if (!process.tokens[index] || !abort.drainToken || abort.phase !== 'await drained') continue;
          abort.phase = 'StopServer';
          process.saidDrained = true;
        }
        process.tokens = process.tokens.map(() => false);
      },
    },
  ];
}

/**
 * The claim of the bystander: found by a stale look, written, approved by a read of the server, started without I/O
 * between.
 */
function claims({ rules }: AbortSetting): Step<AbortState>[] {
  const mayStart = ({ process }: AbortState) => process.heard === 'Active';
  return [
    {
      name: 'server 0 finds the bystander',
      when: (state) =>
        state.process.alive && state.process.claim === '' && mayStart(state) && state.bystander.status === 'Ready',
      act: ({ process }) => Object.assign(process, { claim: 'found' }),
    },
    {
      name: 'server 0 claims the bystander',
      when: ({ process }) => process.claim === 'found',
      act({ process, server, bystander }) {
        const isApplied = isOneOf(TASK_MOVES.claim.from, bystander.status);
        if (isApplied) Object.assign(bystander, { status: TASK_MOVES.claim.to, holder: 0 });
        process.claim = isApplied && process.alive ? 'written' : '';
        process.late = process.claim === 'written' && server.status !== 'Active';
      },
    },
    {
      name: 'server 0 reads its record',
      when: ({ process }) => process.claim === 'written',
      act({ process, server }) {
        process.claim = server.status === 'Active' || !rules.readServerAfterClaim ? 'approved' : 'refused';
      },
    },
    {
      name: 'server 0 starts the bystander, or not',
      when: ({ process }) => process.claim === 'approved',
      act(state) {
        const isStarted = mayStart(state) || !rules.startOnlyUndrained;
        state.process.claim = isStarted ? '' : 'refused';
        if (isStarted) state.bystander.runs[0] = true;
        else state.process.late = false;
      },
    },
    {
      name: 'server 0 undoes its claim',
      when: ({ process }) => process.claim === 'refused',
      act({ process, bystander }) {
        Object.assign(process, { claim: '', late: false });
        if (bystander.status === 'Executing' && bystander.holder === 0)
          Object.assign(bystander, { status: TASK_MOVES.undoClaim.to, holder: -1 });
      },
    },
  ];
}

function runs(): Step<AbortState>[] {
  return [
    {
      name: 'the bystander ends on server 0',
      when: ({ bystander }) => bystander.runs[0] === true,
      act({ bystander, process }) {
        bystander.runs[0] = false;
        process.late = false;
        if (bystander.holder === 0) Object.assign(bystander, { status: TASK_MOVES.finish.to, holder: -1 });
      },
    },
  ];
}

/** ECS stops what it was asked to stop; a crash needs no request. Writes sent before may still land. */
function container(): Step<AbortState>[] {
  return [
    { name: 'the container of server 0 stops', when: ({ ecs, process }) => ecs.stopSent && process.alive, act: exit },
    {
      name: 'server 0 crashes',
      when: ({ faults, process }) => faults > 0 && process.alive,
      act(state) {
        state.faults -= 1;
        exit(state);
      },
    },
    {
      name: 'a claim that was in flight is lost',
      when: ({ process }) => !process.alive && process.claim === 'found',
      act: ({ process }) => Object.assign(process, { claim: '' }),
    },
  ];
}

function exit(state: AbortState): void {
  const { process, ecs, bystander, server, aborts } = state;
  const isPlanned = aborts.some(({ inForce, confirmed }) => inForce && confirmed);
  state.harmed ||= server.stopAsked && ecs.stopSent && bystander.runs[0] === true && !isPlanned;
  bystander.runs[0] = false;
  const claim = process.claim === 'found' ? 'found' : '';
  Object.assign(process, { alive: false, claim, late: false, saidDrained: false });
  process.tokens = process.tokens.map(() => false);
  Object.assign(ecs, { event: true, stopSent: false });
}

/** Any other server; how it claims is in the other model. */
function otherServer(): Step<AbortState>[] {
  return [
    {
      name: 'server 1 claims and starts the bystander',
      when: ({ bystander }) => isOneOf(TASK_MOVES.claim.from, bystander.status),
      act({ bystander }) {
        Object.assign(bystander, { status: TASK_MOVES.claim.to, holder: 1 });
        bystander.runs[1] = true;
      },
    },
    {
      name: 'the bystander ends on server 1',
      when: ({ bystander }) => bystander.runs[1] === true,
      act({ bystander }) {
        bystander.runs[1] = false;
        if (bystander.holder === 1) Object.assign(bystander, { status: TASK_MOVES.finish.to, holder: -1 });
      },
    },
  ];
}
