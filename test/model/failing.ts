/** Faults of server 0: it crashes, it is fenced although it lives, the reply to its claim is lost. */
import { isFinalTask } from '#domain/statuses';
import type { Step } from './explore.ts';
import { rest } from './serving.ts';
import { at, type ModelServer, NONE, type Setting, type State, writeClaim } from './state.ts';

const WHO = 'server 0';
const victim = (state: State) => at(state.servers, 0);
/** In these phases a write is under way. */
const SENT = ['claiming', 'finishing', 'retrying', 'failing', 'undoing', 'dropping', 'closing'];

/** The crash, and the loss of replies with the recovery from it, as `server/claiming/claim-loop.ts` does it. */
export function failures({ rules }: Setting): Step<State>[] {
  return [
    {
      name: `${WHO} crashes`,
      when: (state) => state.faults > 0 && victim(state).alive,
      act(state) {
        state.faults -= 1;
        die(victim(state));
      },
    },
    {
      name: `${WHO} gives up on the claim before it lands`,
      when: (state) => state.faults > 0 && victim(state).alive && victim(state).phase === 'claiming',
      act(state) {
        state.faults -= 1;
        victim(state).stray = victim(state).task;
        victim(state).doubt = true;
        rest(victim(state));
      },
    },
    {
      name: `the claim that ${WHO} gave up lands`,
      when: (state) => victim(state).stray !== NONE,
      act(state) {
        writeClaim(state, victim(state).stray, 0);
        victim(state).stray = NONE;
      },
    },
    {
      name: `the claim that ${WHO} gave up is lost`,
      when: (state) => victim(state).stray !== NONE,
      act(state) {
        victim(state).stray = NONE;
      },
    },
    {
      name: `${WHO} finds a task that it holds without running it`,
      when: (state) => looks(victim(state)) && heldBy(state, 0) !== NONE,
      act(state) {
        const task = heldBy(state, 0);
        Object.assign(victim(state), { phase: 'undoing', task, claim: at(state.tasks, task).claim });
      },
    },
    {
      name: `${WHO} has nothing left to look for`,
      when: (state) => looks(victim(state)) && victim(state).stray === NONE && heldBy(state, 0) === NONE,
      act(state) {
        victim(state).doubt = false;
      },
    },
    {
      name: `${WHO} forgets to look again while its slot is taken`,
      when: (state) => !rules.lookAgainWhenFree && victim(state).doubt && victim(state).phase === 'running',
      act(state) {
        victim(state).doubt = false;
      },
    },
  ];
}

/** Ends the process: it does nothing more, but what it has sent may land. */
export function die(server: ModelServer): void {
  server.alive = false;
  server.doubt = false;
  if (!SENT.includes(server.phase)) rest(server);
}

/** A task that the server holds according to its record: a finished one still names its server, but is not open. */
export function heldBy({ tasks }: State, server: number): number {
  return tasks.findIndex((task) => task.server === server && !isFinalTask(task.status));
}

/** With one slot, what an idle server holds it does not run. */
function looks(server: ModelServer): boolean {
  return server.alive && server.doubt && server.phase === 'idle';
}
