/** From the claim to the start: a claimed task waits for a free slot, then its job and the server are read. */
import type { Job } from '#domain/jobs/job';
import { mayClaim, type Server } from '#domain/servers/server';
import { isCancelled, mayRun } from '#domain/statuses';
import type { Task } from '#domain/tasks/task';
import { readForStart } from '#engine/tasks/claim-task';
import type { Claim } from '#engine/tasks/claim-together';
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
type Judged = { readonly task: Task; readonly how: Verdict };
/** What has become of claims: `unknown` are those that may still be held, because of this fault. */
type Started = { readonly started: number; readonly unknown: readonly string[]; readonly fault?: unknown };
/** A read under way: `next` have slots, and `beside` start with them if slots become free before its reply. */
type Reading = { readonly next: readonly Waiting[]; readonly beside: readonly Waiting[] };
type Read = {
  readonly server?: Server;
  readonly jobs: ReadonlyMap<string, Job>;
  readonly tasks: readonly Task[];
  readonly isFresh: boolean;
};

/** The claimed tasks of one server that have not started. */
export class Starts {
  readonly #options: StartsOptions;
  readonly #waiting = new Set<Waiting>();
  readonly #readings = new Set<Reading>();

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /** How many tasks are claimed and have not started. */
  get count(): number {
    return this.#waiting.size + this.#next.length;
  }

  /**
   * Whether a task of the job is surely among them. If it does not start, what follows its return checks the job; a
   * claim whose record is not read yet may be another server's.
   */
  has(jobId: string): boolean {
    return [...this.#waiting, ...this.#next].some(({ task }) => task?.jobId === jobId);
  }

  /** Starts each of the tasks once a slot is free, or gives it back; returns when none waits. */
  async start({ tasks, claims }: Claimed): Promise<Started> {
    const all = [...tasks.map((task) => ({ task })), ...claims.map((claim) => ({ claim }))].map(waiting);
    for (const one of all) this.#waiting.add(one);
    this.look();
    const timer = setTimeout(() => {
      for (const one of all) one.isLate = true;
      this.look();
    }, LATE_MS);
    const settled = await Promise.allSettled(all.map(({ outcome }) => outcome.promise));
    clearTimeout(timer);
    const unknown = all.filter((_, index) => settled[index]?.status === 'rejected').map(claimIdOf);
    const fault = settled.find((one) => one.status === 'rejected')?.reason;
    return { started: settled.filter((one) => one.status === 'fulfilled' && one.value).length, unknown, fault };
  }

  /** A slot may be free, or the server may not start tasks any more. */
  look(): void {
    const unread = this.#unread;
    const next = this.#takeNext(unread);
    if (next.length === 0) return;
    const jobIds = new Set(next.map(({ task }) => task?.jobId));
    const beside = unread.filter((one) => this.#waiting.has(one) && one.task && jobIds.has(one.task.jobId));
    void this.#readAndStart({ next, beside });
  }

  /** Takes those that have slots, those that are late, and all if none may start. */
  #takeNext(unread: readonly Waiting[]): Waiting[] {
    const late = unread.filter(({ isLate }) => isLate).length;
    const beside = this.#waiting.size - unread.length;
    const next = this.#options.mayStart() ? unread.slice(0, Math.max(late, this.#open - beside)) : [...this.#waiting];
    for (const one of next) this.#waiting.delete(one);
    return next;
  }

  /** Those that wait and are not beside a read that is under way. What is late waits for no other read. */
  get #unread(): Waiting[] {
    const beside = new Set([...this.#readings].flatMap((reading) => reading.beside));
    return [...this.#waiting].filter((one) => one.isLate || !beside.has(one));
  }

  get #next(): Waiting[] {
    return [...this.#readings].flatMap(({ next }) => next);
  }

  /** How many slots are free and not spoken for. */
  get #open(): number {
    return Math.max(0, this.#options.freeSlots() - this.#next.length);
  }

  async #readAndStart(reading: Reading): Promise<void> {
    this.#readings.add(reading);
    let left = reading.next;
    try {
      const read = await this.#read(reading.next);
      const beside = this.#takeBeside(reading, read);
      const verdicts = this.#startSome([...read.tasks, ...beside.flatMap(({ task }) => task ?? [])], read);
      left = this.#tellStarted([...reading.next, ...beside], verdicts);
      this.#readings.delete(reading);
      this.look();
      await this.#giveBack(verdicts, left);
      for (const { outcome } of left) outcome.resolve(false);
    } catch (error) {
      this.#readings.delete(reading);
      for (const { outcome } of left) outcome.reject(error);
      this.look();
    }
  }

  async #read(next: readonly Waiting[]): Promise<Read> {
    const { serverId, heartbeatMs } = this.#options;
    const [tasks, claims] = [next.flatMap(({ task }) => task ?? []), next.flatMap(({ claim }) => claim ?? [])];
    const readMs = Date.now();
    const read = await readForStart(serverId, tasks, claims);
    return { ...read, isFresh: Date.now() - readMs < heartbeatMs };
  }

  /** Those beside the read that still wait, as many as there are slots now. */
  #takeBeside({ beside }: Reading, { isFresh }: Read): Waiting[] {
    const open = isFresh ? this.#open : 0;
    const taken = beside.filter((one) => this.#waiting.has(one)).slice(0, open);
    for (const one of taken) this.#waiting.delete(one);
    return taken;
  }

  /** There is no I/O between the read and the start of the handlers, so that what was read still holds. */
  #startSome(tasks: readonly Task[], read: Read): Judged[] {
    for (const { jobId } of tasks) if (!read.jobs.has(jobId)) this.#options.candidates.avoid(jobId);
    return tasks.map((task) => ({ task, how: this.#start(task, read) }));
  }

  /** Returns those that have not started. */
  #tellStarted(all: readonly Waiting[], verdicts: readonly Judged[]): Waiting[] {
    const started = new Set(verdicts.flatMap(({ task, how }) => (how === 'start' ? [task.claimId] : [])));
    const isStarted = (one: Waiting) => started.has(claimIdOf(one));
    for (const one of all.filter(isStarted)) one.outcome.resolve(true);
    return all.filter((one) => !isStarted(one));
  }

  async #giveBack(verdicts: readonly Judged[], left: readonly Waiting[]): Promise<void> {
    const refused = verdicts.flatMap(({ task, how }) => (how === 'start' ? [] : [{ task, how }]));
    if (left.some(({ isLate }) => isLate)) this.#options.onLate();
    await giveBack(refused);
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

function claimIdOf({ task, claim }: Waiting): string {
  return task?.claimId ?? claim?.claimId ?? '';
}
