/** Proof of stop, settlement and reaper (`functions/conclusion.ts`, `store/stopping.ts`, `functions/reaping.ts`), and the withdrawal. */
import { SERVER_MOVES, TASK_MOVES } from '#domain/moves';
import { completeAbort, isAliveStatus, isOneOf, isOpen, proveStopped, resumeServer, takeOff } from './abort-records.ts';
import type { AbortSetting, AbortState, ModelAbort } from './abort-state.ts';
import type { Step } from './explore.ts';
import { at } from './state.ts';

/** Everybody who brings to an end what others have begun. */
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

/** Each task in one guarded write, whoever makes it; then what it has come to is noted, twice. */
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

/** A server that is silent is fenced; one that only seemed so is, too. */
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

function drains({ rules }: AbortSetting): Step<AbortState>[] {
  const isLeft = (abort: ModelAbort) => abort.named && !isOpen(abort);
  return [
    {
      name: 'the reaper takes off an abort that has ended',
      when: ({ server, aborts }) => rules.reapDrains && server.status === 'Draining' && aborts.some(isLeft),
      act(state) {
        for (const abort of state.aborts.filter(isLeft)) takeOff(state, abort, rules);
      },
    },
    {
      name: 'the reaper has a server resume that drains for nobody',
      when: ({ server, aborts }) =>
        rules.reapDrains && server.status === 'Draining' && !aborts.some((abort) => abort.named),
      act: (state) => resumeServer(state, rules),
    },
    {
      name: 'the reaper carries out a stop that was requested',
      when: ({ server, process, ecs }) =>
        rules.reapStops && server.status === 'Stopping' && process.alive && !ecs.stopSent,
      act: ({ ecs }) => Object.assign(ecs, { stopSent: true }),
    },
  ];
}

/** What the reaper does for an abort, and what follows from any settlement of its job. */
function aborts(index: number, { rules }: AbortSetting): Step<AbortState>[] {
  const of = (state: AbortState) => at(state.aborts, index);
  const isLeft = (state: AbortState) =>
    isOpen(of(state)) && ['request dead', 'workflow dead'].includes(of(state).phase);
  const mayEnd = (state: AbortState) =>
    rules.reapAborts && isLeft(state) && !(of(state).named && isOneOf(SERVER_MOVES.resume.from, state.server.status));
  return [
    {
      name: `somebody asks whether abort ${index} is over`,
      when: (state) => of(state).linked && isOpen(of(state)),
      act: (state) => completeAbort(state, of(state), rules),
    },
    {
      name: `the reaper gives back what drains for abort ${index}`,
      when: (state) => rules.reapAborts && isLeft(state) && of(state).named && state.server.status === 'Draining',
      act(state) {
        takeOff(state, of(state), rules);
        resumeServer(state, rules);
      },
    },
    {
      name: `the reaper gives up abort ${index}`,
      when: (state) => mayEnd(state) && of(state).linked,
      act: (state) => Object.assign(of(state), { status: 'Failed' }),
    },
    {
      name: `the reaper drops abort ${index}`,
      when: (state) => mayEnd(state) && !of(state).linked,
      act: (state) => Object.assign(of(state), { status: '', withdrawn: false }),
    },
  ];
}

/** The withdrawal of abort 0 (`store/withdrawal.ts`), as soon as it is linked to its job. */
function withdrawal({ rules }: AbortSetting): Step<AbortState>[] {
  type Phase = AbortState['withdrawer']['phase'];
  const of = (state: AbortState) => at(state.aborts, 0);
  const step = (phase: Phase, act: (state: AbortState, abort: ModelAbort) => Phase): Step<AbortState> => ({
    name: `the withdrawal: ${phase === '' ? 'mark' : phase}`,
    when: (state) =>
      state.withdrawer.phase === phase && (phase !== '' || (of(state).linked && of(state).status === 'Draining')),
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
    step('resume', (state) => {
      resumeServer(state, rules);
      return 'complete';
    }),
    step('complete', (state, abort) => {
      completeAbort(state, abort, rules);
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
