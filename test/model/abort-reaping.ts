/**
 * Proof of stop, settlement and reaper (`engine/servers/`, `engine/reaper/`), and
 * the withdrawal.
 */
import { SERVER_MOVES, TASK_MOVES } from '#domain/status-moves';
import {
  completeAbort,
  forget,
  isAliveStatus,
  isOpen,
  proveStopped,
  recallServer,
  resumeServer,
  takeOff,
  takeOffStopping,
} from './abort-records.ts';
import type { AbortSetting, AbortState, ModelAbort } from './abort-state.ts';
import type { Step } from './explore.ts';
import { at } from './state.ts';

/** The processes that end what others have begun. */
export function endingSteps(setting: AbortSetting): Step<AbortState>[] {
  return [
    ...proof(),
    ...settlement(setting),
    ...lost(),
    ...drains(setting),
    ...Array.from({ length: setting.aborts }, (_, index) => aborts(index, setting)).flat(),
    ...(setting.withdraws ? withdrawal(setting) : []),
  ];
}

/** The event comes at least once, or is lost; so are the answers that follow from it. */
function proof(): Step<AbortState>[] {
  const answer = ({ aborts, ecs }: AbortState) => {
    for (const abort of aborts) {
      if (abort.phase === 'await drained' && abort.drainToken) abort.phase = 'StopServer';
      else if (abort.phase === 'await stopped' && abort.stopToken) abort.phase = 'SettleServer';
    }
    ecs.answering = false;
  };
  const fault = (name: string, what: 'event' | 'answering'): Step<AbortState> => ({
    name,
    when: ({ faults, ecs }) => faults > 0 && ecs[what],
    act(state) {
      state.faults -= 1;
      state.ecs[what] = false;
    },
  });
  return [
    {
      name: 'an event proves the stop',
      when: ({ ecs }) => ecs.event,
      act(state) {
        state.ecs.event = false;
        proveStopped(state);
      },
    },
    { name: 'the callbacks are answered', when: ({ ecs, server }) => ecs.answering && server.settled, act: answer },
    fault('the event is lost', 'event'),
    fault('the answers are lost', 'answering'),
  ];
}

/** Each task in one guarded write, by any process; then its outcome is noted, twice. */
function settlement({ rules, restartable }: AbortSetting): Step<AbortState>[] {
  const isOn = ({ server }: AbortState) =>
    !server.closed && (server.status === 'Stopped' || (!rules.settleAfterProof && server.status === 'Lost'));
  const holdsBystander = ({ bystander }: AbortState) => bystander.status === 'Executing' && bystander.holder === 0;
  const holdsAny = (state: AbortState) => holdsBystander(state) || state.aborts.some(({ own }) => own === 'Cancelling');
  return [
    {
      name: 'what was to be aborted is settled',
      when: (state) => isOn(state) && state.aborts.some(({ own }) => own === 'Cancelling'),
      act({ aborts }) {
        for (const abort of aborts) abort.own = TASK_MOVES.stop.to;
      },
    },
    {
      name: 'the bystander is settled',
      when: (state) => isOn(state) && holdsBystander(state),
      act({ bystander }) {
        const { to } = TASK_MOVES[restartable ? 'restart' : 'interrupt'];
        Object.assign(bystander, { status: to, holder: -1 });
      },
    },
    {
      name: 'the settlement is noted',
      when: (state) => isOn(state) && !state.server.settled && !holdsAny(state),
      act({ server }) {
        Object.assign(server, { settled: true, closed: !rules.settleTwice });
      },
    },
    {
      name: 'the second settlement is noted',
      when: (state) => isOn(state) && state.server.settled && !holdsAny(state) && state.process.claim === '',
      act: ({ server }) => Object.assign(server, { closed: true }),
    },
  ];
}

/** A silent server is fenced, also if it only seemed silent. */
function lost(): Step<AbortState>[] {
  return [
    {
      name: 'the reaper declares server 0 lost',
      when: ({ server, process, faults }) => isAliveStatus(server.status) && (!process.alive || faults > 0),
      act(state) {
        if (state.process.alive) state.faults -= 1;
        state.server.status = SERVER_MOVES.declareLost.to;
      },
    },
    {
      name: 'the reaper has the lost server stopped',
      when: ({ server, process, ecs }) => server.status === 'Lost' && process.alive && !ecs.stopSent,
      act: ({ ecs }) => Object.assign(ecs, { stopSent: true }),
    },
    {
      name: 'the reaper finds the stop of the lost server',
      when: ({ server, process }) => server.status === 'Lost' && !process.alive,
      act: proveStopped,
    },
  ];
}

/** Aborts that have ended or have no record are taken off the server; without any it goes back to work. */
function drains({ rules }: AbortSetting): Step<AbortState>[] {
  const isLeft = (abort: ModelAbort) => abort.named && !isOpen(abort);
  const isNobodys = ({ aborts }: AbortState) => !aborts.some((abort) => abort.named);
  const step = (name: string, status: string, of: Pick<Step<AbortState>, 'when' | 'act'>): Step<AbortState> => ({
    name,
    when: (state) => rules.reapDrains && state.server.status === status && of.when(state),
    act: of.act,
  });
  return [
    step('the reaper takes off an abort that has ended', 'Draining', {
      when: ({ aborts }) => aborts.some(isLeft),
      act: (state) => state.aborts.filter(isLeft).forEach((abort) => void takeOff(state, abort, rules)),
    }),
    step('the reaper resumes a server that drains for no abort', 'Draining', {
      when: isNobodys,
      act: (state) => resumeServer(state, rules),
    }),
    step('the reaper takes off an abort that has ended before its stop was accepted', 'Stopping', {
      when: ({ aborts }) => aborts.some(isLeft),
      act: (state) => state.aborts.filter(isLeft).forEach((abort) => void takeOffStopping(state, abort, rules)),
    }),
    step('the reaper recalls a server that is stopped for no abort', 'Stopping', {
      when: isNobodys,
      act: (state) => recallServer(state, rules),
    }),
  ];
}

/** What the reaper does for an abort, and what follows from any settlement of its job. */
function aborts(index: number, { rules }: AbortSetting): Step<AbortState>[] {
  const of = (state: AbortState) => at(state.aborts, index);
  const step = (name: string, phase: string, also: Pick<Step<AbortState>, 'when' | 'act'>): Step<AbortState> => ({
    name: `the reaper ${name} abort ${index}`,
    when: (state) => rules.reapAborts && isOpen(of(state)) && of(state).phase === phase && also.when(state),
    act: also.act,
  });
  const drainsFor = (state: AbortState) => of(state).named && state.server.status === 'Draining';
  return [
    {
      name: `somebody asks whether abort ${index} is over`,
      when: (state) => of(state).linked && isOpen(of(state)),
      act: (state) => completeAbort(state, of(state)),
    },
    step('starts the workflow of', 'request dead', {
      when: (state) => of(state).linked,
      act: (state) => Object.assign(of(state), { phase: 'DrainServer' }),
    }),
    step('gives up', 'workflow dead', {
      when: () => true,
      act: (state) => Object.assign(of(state), { phase: 'FailAbort' }),
    }),
    step('resumes what drains for', 'request dead', {
      when: (state) => !of(state).linked && drainsFor(state),
      act(state) {
        takeOff(state, of(state), rules);
        resumeServer(state, rules);
      },
    }),
    step('discards', 'request dead', {
      when: (state) => !of(state).linked && !drainsFor(state),
      act: (state) => forget(of(state)),
    }),
  ];
}

/** The withdrawal of abort 0 (`engine/aborts/withdraw-abort.ts`), as soon as it is in force. */
function withdrawal({ rules }: AbortSetting): Step<AbortState>[] {
  type Phase = AbortState['withdrawer']['phase'];
  const of = (state: AbortState) => at(state.aborts, 0);
  const step = (phase: Phase, act: (state: AbortState, abort: ModelAbort) => Phase): Step<AbortState> => ({
    name: `the withdrawal: ${phase === '' ? 'mark' : phase}`,
    when: (state) =>
      state.withdrawer.phase === phase && (phase !== '' || (of(state).inForce && of(state).status === 'Draining')),
    act(state) {
      state.withdrawer.phase = act(state, of(state));
    },
  });
  return [
    step('', (_state, abort) => {
      abort.withdrawn = true;
      return 'give back';
    }),
    step('give back', (state, abort) => {
      const { drainToken } = abort;
      const isNamed = abort.named;
      takeOff(state, abort, rules);
      state.withdrawer.token = isNamed && !abort.named && drainToken;
      return 'resume';
    }),
    step('resume', (state, abort) => {
      resumeServer(state, rules);
      return abort.named ? 'unmark' : 'complete';
    }),
    // It came too late: the stop was requested.
    step('unmark', (_state, abort) => {
      abort.withdrawn = false;
      return 'over';
    }),
    step('complete', (state, abort) => {
      completeAbort(state, abort);
      return 'answer';
    }),
    step('answer', (state, abort) => {
      if (state.withdrawer.token && abort.phase === 'await drained') abort.phase = 'CompleteAbort';
      state.withdrawer.token = false;
      return 'over';
    }),
    {
      name: 'the withdrawal dies',
      when: ({ faults, withdrawer }) => faults > 0 && withdrawer.phase !== '' && withdrawer.phase !== 'over',
      act(state) {
        state.faults -= 1;
        Object.assign(state.withdrawer, { phase: 'over', token: false });
      },
    },
  ];
}
