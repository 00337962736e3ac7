/**
 * The reaper's looks at one server, with the rules of `domain/servers/silence.ts` themselves. Time goes on in heartbeat
 * periods. The store, or everything, stands still for as long as it likes; a server that lives beats soon after it.
 */
import type { Server } from '#domain/servers/server';
import { isInTime, judge, type Look, lookOf } from '#domain/servers/silence';
import type { Model, Step } from './explore.ts';

/** What is far enough in the past is as good as anything older: it keeps the states few. */
const OLDEST = 8;
/** After a pause, and between two beats, a server needs less than this. */
const BEATS_WITHIN = 2;

/** Times are ages, in heartbeat periods. */
type SilenceState = {
  paused: '' | 'store' | 'all';
  pausedFor: number;
  pauses: number;
  server: { alive: boolean; lost: boolean; beat: number; owes: number };
  look: { at: number; beat: number; since: number } | null;
  call: { stage: 'idle' | 'reading' | 'writing'; from: number; beat: number; since: number };
};

/** The rules as the code keeps them; a test switches one off. */
export const SILENCE_RULES = {
  /** The proof begins with a look, not with the last heartbeat. */
  beginsWithLook: true,
  /** A look that had to wait for the store begins the proof anew. */
  slowLooksDoubt: true,
  /** So does one that comes long after the last. */
  lateLooksDoubt: true,
};
export type SilenceSetting = {
  readonly rules: Readonly<Record<keyof typeof SILENCE_RULES, boolean>>;
  /** How many periods a server may be slow by itself, before it beats. */
  readonly slack: number;
  /** The shortest pause. */
  readonly pauseFor: number;
};

/** The model in this setting. */
export function silence(setting: SilenceSetting): Model<SilenceState> {
  return {
    initial: {
      paused: '',
      pausedFor: 0,
      pauses: 1,
      server: { alive: true, lost: false, beat: 0, owes: 0 },
      look: null,
      call: { ...NO_CALL },
    },
    processes: [server(setting), standstill(setting), reaper(setting)],
    rules: [
      { name: 'no server that lives is declared lost', holds: ({ server: { alive, lost } }) => !(alive && lost) },
    ],
    end: { name: 'a server that has died can always be found', holds: ({ server: { lost } }) => lost },
  };
}

function server({ slack, pauseFor }: SilenceSetting): Step<SilenceState>[] {
  return [
    {
      name: 'the server beats',
      when: ({ server, paused }) => server.alive && !server.lost && paused === '',
      act: ({ server }) => Object.assign(server, { beat: 0, owes: 0 }),
    },
    {
      name: 'the server dies',
      when: ({ server, paused }) => server.alive && paused !== 'all',
      act: ({ server }) => Object.assign(server, { alive: false, owes: 0 }),
    },
    {
      name: 'a period passes',
      when: ({ server, paused }) => !server.alive || server.lost || paused !== '' || server.owes < slack,
      act(state) {
        const { server, look, call } = state;
        if (state.paused !== '') state.pausedFor = Math.min(pauseFor, state.pausedFor + 1);
        else if (server.alive) server.owes += 1;
        server.beat = older(server.beat);
        if (look) Object.assign(look, { at: older(look.at), beat: older(look.beat), since: older(look.since) });
        if (call.stage !== 'idle')
          Object.assign(call, { from: older(call.from), beat: older(call.beat), since: older(call.since) });
      },
    },
  ];
}

function standstill({ slack, pauseFor }: SilenceSetting): Step<SilenceState>[] {
  const stop = (paused: 'store' | 'all'): Step<SilenceState> => ({
    name: `${paused} stands still`,
    when: (state) => state.paused === '' && state.pauses > 0,
    act(state) {
      Object.assign(state, { paused, pauses: state.pauses - 1, pausedFor: 0 });
      state.server.owes = 0;
    },
  });
  return [
    stop('store'),
    stop('all'),
    {
      name: 'it goes on',
      when: ({ paused, pausedFor }) => paused !== '' && pausedFor >= pauseFor,
      act(state) {
        Object.assign(state, { paused: '', pausedFor: 0 });
        if (state.server.alive) state.server.owes = slack - BEATS_WITHIN;
      },
    },
  ];
}

const NO_CALL = { stage: 'idle', from: 0, beat: 0, since: 0 } as const;

/** One call after the other; each of its requests waits while the store stands still. */
function reaper({ rules }: SilenceSetting): Step<SilenceState>[] {
  const step = (stage: SilenceState['call']['stage'], act: (state: SilenceState) => void): Step<SilenceState> => ({
    name: `the reaper is ${stage}`,
    when: ({ call, paused, server }) =>
      call.stage === stage && !server.lost && (stage === 'idle' ? paused !== 'all' : paused === ''),
    act,
  });
  return [
    step('idle', ({ call }) => Object.assign(call, { stage: 'reading' })),
    step('reading', (state) => {
      const { call, server } = state;
      const seen = lookOf(readingOf(call.from, server.beat, rules), previous(state, rules)).silent.server;
      Object.assign(call, { stage: 'writing', beat: seen ? server.beat : -1, since: seen ? ageOf(seen.since) : -1 });
    }),
    step('writing', (state) => {
      const { call, server } = state;
      state.look = { at: call.from, beat: call.beat, since: call.since };
      // The write that declares it lost is guarded by the heartbeat that was read.
      server.lost = call.since >= 0 && server.beat === call.beat && isProven(call, rules);
      Object.assign(call, NO_CALL);
    }),
  ];
}

function readingOf(from: number, beat: number, { slowLooksDoubt }: SilenceSetting['rules']) {
  return { servers: [serverOf(beat)], from: at(from), to: at(slowLooksDoubt ? 0 : from), heartbeatSeconds: 1 };
}

function isProven({ from, beat, since }: SilenceState['call'], rules: SilenceSetting['rules']): boolean {
  const reading = readingOf(from, beat, rules);
  const silent = { server: { heartbeatAt: at(beat), since: at(rules.beginsWithLook ? since : beat) } };
  return isInTime(reading) && judge({ at: at(from), silent }, reading).lost.length > 0;
}

function previous({ look, call }: SilenceState, rules: SilenceSetting['rules']): Look | undefined {
  if (!look) return undefined;
  const silent = look.since < 0 ? {} : { server: { heartbeatAt: at(look.beat), since: at(look.since) } };
  return { at: at(rules.lateLooksDoubt ? look.at : call.from), silent };
}

function serverOf(beat: number): Server {
  const times = { startedAt: at(OLDEST), heartbeatAt: at(beat) };
  return { serverId: 'server', containerArn: 'arn', status: 'Active', batchGroups: ['*'], slots: 1, ...times };
}

function older(age: number): number {
  return age < 0 ? age : Math.min(OLDEST, age + 1);
}

function at(age: number): string {
  return new Date((OLDEST - age) * 1_000).toISOString();
}

function ageOf(time: string): number {
  return OLDEST - Date.parse(time) / 1_000;
}
