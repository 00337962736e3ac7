/** A batch server with one slot: claims, starts, ends and gives back, as `server/claiming` and `engine/tasks` do it. */
import { TASK_MOVES } from '#domain/status-moves';
import { finalCheck } from './completion.ts';
import type { Step } from './explore.ts';
import {
  at,
  type EndMove,
  type ModelServer,
  NONE,
  type ServerPhase,
  type Setting,
  type State,
  writeClaim,
  writeEnd,
} from './state.ts';

/** The steps of one server. */
export function server(index: number, setting: Setting): Step<State>[] {
  const who = `server ${index}`;
  const me = (state: State) => at(state.servers, index);
  return [
    ...setting.tasks.map((_, task) => find(who, { me, task, setting })),
    ...claim(who, { me, index, setting }),
    ...run(who, { me, setting }),
    ...ends(who, { me, setting }),
    ...finalCheck({ who, of: me, mayRead: (state) => me(state).alive, next: (state) => rest(me(state)) }, setting),
  ];
}

type Me = (state: State) => ModelServer;

/** The indexes show Ready tasks only of jobs that may run; what was found may be stale when it is claimed. */
function find(who: string, { me, task, setting }: { me: Me; task: number; setting: Setting }): Step<State> {
  return {
    name: `${who} finds task ${task}`,
    when: (state) =>
      isAt(me(state), 'idle') && at(state.tasks, task).status === 'Ready' && state.job.status === 'Executing',
    act(state) {
      Object.assign(me(state), { phase: setting.rules.readJobAfterClaim ? 'claiming' : 'reading', task });
    },
  };
}

function claim(who: string, { me, index, setting }: { me: Me; index: number; setting: Setting }): Step<State>[] {
  const afterClaim = setting.rules.readJobAfterClaim;
  return [
    {
      name: `${who} claims the task`,
      when: (state) => me(state).phase === 'claiming',
      act(state) {
        const { task } = me(state);
        if (!writeClaim(state, task, index)) return rest(me(state));
        if (!me(state).alive) return rest(me(state));
        const late = state.job.status !== 'Executing';
        Object.assign(me(state), {
          phase: afterClaim ? 'claimed' : 'starting',
          claim: at(state.tasks, task).claim,
          late,
        });
      },
    },
    {
      name: `${who} reads the job and itself`,
      when: (state) => isAt(me(state), afterClaim ? 'claimed' : 'reading'),
      act(state) {
        const verdict = verdictOn(state, me(state));
        if (afterClaim) me(state).phase = verdict;
        else if (verdict === 'starting') me(state).phase = 'claiming';
        else rest(me(state));
      },
    },
  ];
}

function verdictOn({ job }: State, { status }: ModelServer): 'starting' | 'undoing' | 'dropping' {
  if (job.status === 'Cancelling' || job.status === 'Cancelled') return 'dropping';
  return job.status === 'Executing' && status === 'Active' ? 'starting' : 'undoing';
}

function run(who: string, { me, setting }: { me: Me; setting: Setting }): Step<State>[] {
  const go = (name: string, from: ServerPhase, to: (state: State) => ServerPhase): Step<State> => ({
    name: `${who} ${name}`,
    when: (state) => isAt(me(state), from),
    act(state) {
      me(state).phase = to(state);
    },
  });
  const retriesLeft = (state: State) => {
    const { task } = me(state);
    return at(state.tasks, task).failures < at(setting.tasks, task).maxRetries;
  };
  return [
    go('starts the handler', 'starting', () => 'running'),
    go('sees the handler return', 'running', () => 'finishing'),
    go('sees the handler fail', 'running', (state) => (retriesLeft(state) ? 'retrying' : 'failing')),
  ];
}

/**
 * The writes that end a claim. What was sent before a crash may land after it: they do not ask whether the server
 * lives.
 */
function ends(who: string, { me, setting: { rules } }: { me: Me; setting: Setting }): Step<State>[] {
  const end = (name: string, phase: ServerPhase, write: { move: EndMove; refused: ServerPhase }): Step<State> => ({
    name: `${who} ${name}`,
    when: (state) => me(state).phase === phase,
    act(state) {
      const { task: index, claim } = me(state);
      const task = at(state.tasks, index);
      const end = { index, claim: rules.endOnlyOwnClaim ? claim : task.claim, move: write.move };
      const applied = writeEnd(state, end, rules);
      if (applied && phase === 'retrying') task.failures += 1;
      if (!me(state).alive) return rest(me(state));
      if (applied || write.refused === 'checking') return toCheck(me(state), applied || rules.checkAfterRefusal);
      me(state).phase = write.refused;
    },
  });
  const retry = rules.retryOnlyUnmarked ? TASK_MOVES.retry : marked(TASK_MOVES.retry);
  const undo = rules.undoOnlyUnmarked ? TASK_MOVES.undoClaim : marked(TASK_MOVES.undoClaim);
  return [
    end('records the result', 'finishing', { move: TASK_MOVES.finish, refused: 'checking' }),
    end('makes it Ready for a retry', 'retrying', { move: retry, refused: 'failing' }),
    end('records the failure', 'failing', { move: TASK_MOVES.fail, refused: 'checking' }),
    end('undoes the claim', 'undoing', { move: undo, refused: 'dropping' }),
    end('drops the claim', 'dropping', { move: TASK_MOVES.dropClaim, refused: 'checking' }),
  ];
}

function marked(move: EndMove): EndMove {
  return { ...move, from: [...move.from, 'Cancelling'] };
}

function toCheck(server: ModelServer, checks: boolean): void {
  rest(server);
  if (checks) server.phase = 'checking';
}

/** The slot is free again. */
export function rest(server: ModelServer): void {
  Object.assign(server, { phase: server.alive ? 'idle' : 'gone', read: '', task: NONE, claim: NONE, late: false });
}

function isAt(server: ModelServer, phase: ServerPhase): boolean {
  return server.alive && server.phase === phase;
}
