/**
 * What the model of the protocols knows: the records as they stand in the tables, and how far each process has come.
 */
import { TASK_MOVES } from '#domain/status-moves';
import { isFinalTask, type JobStatus, type ServerStatus, type TaskStatus } from '#domain/statuses';

/** No task, no claim. */
export const NONE = -1;

export type ModelTask = { status: TaskStatus; server: number; claim: number; failures: number };

export type ServerPhase =
  | 'idle'
  | 'reading'
  | 'claiming'
  | 'claimed'
  | 'starting'
  | 'running'
  | 'finishing'
  | 'retrying'
  | 'failing'
  | 'undoing'
  | 'dropping'
  | 'checking'
  | 'closing'
  | 'gone';

/** The final check: the job's status that it has read, until it ends the job. */
export type Checker<Phase extends string> = { phase: Phase | 'checking' | 'closing'; read: JobStatus | '' };

export type ModelServer = Checker<ServerPhase> & {
  status: ServerStatus;
  /** Whether its process runs. What a dead one has sent may still land. */
  alive: boolean;
  task: number;
  claim: number;
  /** Whether its claim landed when the cancel had been accepted. */
  late: boolean;
  /** A request of a claim that has not landed, and was given up: its task, and the claim's id if a repeat was made. */
  stray: { task: number; claim: number };
  /** The claim whose outcome it does not know: its task, and its id once it was made. */
  unknown: { task: number; claim: number };
};

export type Canceller = Checker<'idle' | 'dropping' | 'marking' | 'again' | 'noting' | 'done' | 'dead'> & {
  /** The tasks of its batch that have had no turn, and those that the batch did not drop. */
  left: number[];
  refused: number[];
  /** Whether one of the pass's writes was not refused. */
  applied: boolean;
};

export type Settler = Checker<'idle' | 'settling' | 'writing' | 'waiting' | 'closed'> & {
  again: boolean;
  task: number;
  claim: number;
  fate: 'restart' | 'interrupt' | 'stop' | '';
};

export type State = {
  job: { status: JobStatus; passed: boolean };
  tasks: ModelTask[];
  servers: ModelServer[];
  canceller: Canceller;
  /** Fences and settles server 0, the only one that fails. */
  settler: Settler;
  /** How many faults may still happen. */
  faults: number;
};

/** The constant part of the model: what runs, what may go wrong, and which rules of the protocols are kept. */
export type Setting = {
  readonly tasks: readonly { readonly restartable: boolean; readonly maxRetries: number }[];
  readonly cancels: boolean;
  readonly faults: number;
  readonly reaper: boolean;
  readonly rules: Rules;
};

/** The rules of the protocols: the code keeps them all; a test switches one off. */
export type Rules = {
  readonly readJobAfterClaim: boolean;
  readonly undoOnlyUnmarked: boolean;
  readonly retryOnlyUnmarked: boolean;
  readonly endOnlyOwnClaim: boolean;
  readonly passRepeats: boolean;
  readonly checkAfterRefusal: boolean;
  readonly settleAfterProof: boolean;
  readonly settleTwice: boolean;
  readonly undoUnknown: boolean;
  readonly newReadyKey: boolean;
};

/** Where everything begins: the job may run, its tasks are Ready, two servers are idle. */
export function initialState(setting: Setting): State {
  return {
    job: { status: 'Executing', passed: false },
    tasks: setting.tasks.map(() => ({ status: 'Ready', server: NONE, claim: NONE, failures: 0 })),
    servers: [0, 1].map(() => ({
      status: 'Active',
      alive: true,
      phase: 'idle',
      read: '',
      task: NONE,
      claim: NONE,
      late: false,
      stray: { task: NONE, claim: NONE },
      unknown: { task: NONE, claim: NONE },
    })),
    canceller: { phase: 'idle', read: '', left: [], refused: [], applied: false },
    settler: { phase: 'idle', read: '', again: false, task: NONE, claim: NONE, fate: '' },
    faults: setting.faults,
  };
}

/** The element that must be there. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new Error(`There is no element ${index}.`);
  return element;
}

/**
 * The guarded write that claims a task for a server; whether it was applied. Only the server knows the id of its claim,
 * which a repeat has, too.
 */
export function writeClaim(state: State, index: number, server: number, claim = freshClaim(state)): boolean {
  const task = at(state.tasks, index);
  if (!TASK_MOVES.claim.from.some((status) => status === task.status)) return false;
  Object.assign(task, { status: TASK_MOVES.claim.to, server, claim });
  return true;
}

/**
 * The guarded write that ends or undoes a claim; whether it was applied. In a batch with others it is still a step of
 * its own: each statement is applied for itself, in any order. A finish leaves the claim in the record.
 */
export function writeEnd(state: State, { index, claim, move }: End, { newReadyKey }: Rules): boolean {
  const task = at(state.tasks, index);
  if (task.claim !== claim || !move.from.includes(task.status)) return false;
  Object.assign(task, { status: move.to }, move === TASK_MOVES.finish ? {} : { server: NONE, claim: NONE });
  if (move.to === 'Ready' && newReadyKey) refuseStrays(state, index);
  return true;
}

/** The task gets another ready key: requests that name the old one are refused whenever they land. */
export function refuseStrays({ servers }: State, index: number): void {
  for (const { stray } of servers) if (stray.task === index) Object.assign(stray, { task: NONE, claim: NONE });
}

type End = { readonly index: number; readonly claim: number; readonly move: EndMove };
export type EndMove = { readonly from: readonly TaskStatus[]; readonly to: TaskStatus };

/** Whether a task of the job is open: the index that never moves. */
export function hasOpenTask(state: State): boolean {
  return state.tasks.some((task) => !isFinalTask(task.status));
}

/** Ids that no process knows any more are used again: that makes no difference, and keeps the states few. */
function freshClaim(state: State): number {
  const sent = state.servers.flatMap(({ stray, unknown }) => [stray, unknown]);
  const known = [...state.tasks, ...state.servers, ...sent, state.settler].map((each) => each.claim);
  let claim = 0;
  while (known.includes(claim)) claim += 1;
  return claim;
}
