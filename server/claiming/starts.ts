/** From the claim to the start: a claimed task waits for a free slot, then its job and the server are read. */
import type { Job } from '#domain/jobs/job';
import { mayClaim, type Server } from '#domain/servers/server';
import { isCancelled, mayRun } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { readForStart } from '#engine/tasks/claim-task';
import type { Claim } from '#engine/tasks/claim-tasks';
import type { Attempts } from '#server/attempts/attempts';
import { giveBack } from './give-back.ts';
import type { Candidates } from './search/candidates.ts';

/** What has waited longer for a slot is given back. */
const LATE_MS = 250;

type StartsOptions = {
  readonly serverId: string;
  /** A task starts only if its job was read within this time: the next heartbeats bring a cancel that came since. */
  readonly heartbeatMs: number;
  readonly candidates: Pick<Candidates, 'avoid'>;
  readonly attempts: Attempts;
  freeSlots(): number;
  /** Whether the server may start tasks now: it is Active, does not stop, and holds its lease. */
  mayStart(): boolean;
  /** Called when tasks are given back because no slot was free in time. */
  onLate(): void;
};
/** What was claimed: `claims` are those whose records are not read yet. */
type Claimed = { readonly tasks: readonly Task[]; readonly claims: readonly Claim[] };
type Waiting = {
  readonly task?: Task;
  readonly claim?: Claim;
  isLate: boolean;
  /** Whether it was started. */
  readonly outcome: PromiseWithResolvers<boolean>;
};
type Verdict = 'start' | 'undo' | 'drop';
type Read = { readonly server?: Server; readonly jobs: ReadonlyMap<string, Job>; readonly isFresh: boolean };

/** The claimed tasks of one server that have not started. */
export class Starts {
  readonly #options: StartsOptions;
  readonly #waiting: Waiting[] = [];
  /** What is read now: its slots are spoken for. */
  readonly #reading = new Set<readonly Waiting[]>();

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** How many tasks are claimed and have not started. */
  get count(): number {
    return this.#waiting.length + this.#spokenFor;
  }

  /**
   * Whether a task of the job is surely among them. If it does not start, what follows its return checks the job; a
   * claim whose record is not read yet may be another server's.
   */
  has(jobId: string): boolean {
    return [this.#waiting, ...this.#reading].flat().some(({ task }) => task?.jobId === jobId);
  }

  /**
   * Starts each of the tasks once a slot is free, or gives it back. Returns how many have started, when none waits.
   * @throws the first fault: the server may still hold tasks that have not started
   */
  async start({ tasks, claims }: Claimed): Promise<number> {
    const all = [...tasks.map((task) => ({ task })), ...claims.map((claim) => ({ claim }))].map(waiting);
    this.#waiting.push(...all);
    this.look();
    const timer = setTimeout(() => {
      for (const one of all) one.isLate = true;
      this.look();
    }, LATE_MS);
    const outcomes = all.map(({ outcome }) => outcome.promise);
    await Promise.allSettled(outcomes);
    clearTimeout(timer);
    return (await Promise.all(outcomes)).filter((isStarted) => isStarted).length;
  }

  /** A slot may be free, or the server may not start tasks any more. */
  look(): void {
    const next = this.#waiting.splice(0, this.#next());
    if (next.length > 0) void this.#readAndStart(next);
  }

  /** How many are read now: those that have slots, those that are late, and all if none may start. */
  #next(): number {
    const { mayStart, freeSlots } = this.#options;
    if (!mayStart()) return this.#waiting.length;
    const late = this.#waiting.filter(({ isLate }) => isLate).length;
    return Math.max(late, freeSlots() - this.#spokenFor);
  }

  get #spokenFor(): number {
    return [...this.#reading].reduce((sum, { length }) => sum + length, 0);
  }

  async #readAndStart(next: readonly Waiting[]): Promise<void> {
    this.#reading.add(next);
    try {
      const started = await this.#startSome(next);
      for (const { task, claim, outcome } of next) outcome.resolve(started.has((task ?? claim)?.claimId));
    } catch (error) {
      this.#reading.delete(next);
      for (const { outcome } of next) outcome.reject(error);
    }
  }

  /** Returns the claims that have started. */
  async #startSome(next: readonly Waiting[]): Promise<Set<string | undefined>> {
    const { serverId, heartbeatMs, candidates, onLate } = this.#options;
    const [tasks, claims] = [next.flatMap(({ task }) => task ?? []), next.flatMap(({ claim }) => claim ?? [])];
    const readMs = Date.now();
    const read = await readForStart(serverId, tasks, claims);
    // There is no I/O between this read and the start of the handlers, so that what was read still holds.
    const isFresh = Date.now() - readMs < heartbeatMs;
    this.#reading.delete(next);
    const verdicts = read.tasks.map((task) => ({ task, how: this.#start(task, { ...read, isFresh }) }));
    const refused = verdicts.flatMap(({ task, how }) => (how === 'start' ? [] : [{ task, how }]));
    for (const { jobId } of read.tasks) if (!read.jobs.has(jobId)) candidates.avoid(jobId);
    if (refused.length > 0 && next.some(({ isLate }) => isLate)) onLate();
    await giveBack(refused);
    return new Set(verdicts.flatMap(({ task, how }) => (how === 'start' ? [task.claimId] : [])));
  }

  /** Starts the task if it may run; otherwise returns how its claim is given back. */
  #start(task: Task, { server, jobs, isFresh }: Read): Verdict {
    const job = jobs.get(task.jobId);
    const verdict = isFresh ? this.#judge(job, server) : 'undo';
    if (verdict === 'start' && job) this.#options.attempts.start(task, job);
    return verdict;
  }

  #judge(job: Job | undefined, server: Server | undefined): Verdict {
    const { mayStart, freeSlots } = this.#options;
    if (isCancelled(job?.status)) return 'drop';
    // While a job is requeued or written, the tasks that this one depends on may not be there as they will be.
    const isOpen = job && mayRun(job.status) && job.requeue === undefined && job.writingUntil === undefined;
    // The record that was just read may say more than the last heartbeat did.
    const isServing = server && mayClaim(server) && mayStart();
    return isOpen && isServing && freeSlots() > 0 ? 'start' : 'undo';
  }
}

function waiting(one: { task: Task } | { claim: Claim }): Waiting {
  return { ...one, isLate: false, outcome: Promise.withResolvers() };
}
