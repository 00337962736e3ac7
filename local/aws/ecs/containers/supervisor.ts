import { TaskProtections } from '#local/aws/ecs/protections';
import { type ContainerTask, DEPLOYMENT_ID } from './container-task.ts';
import { CrashBackoff } from './crash-backoff.ts';
import { type ContainerRun, LiveContainer, type LiveContainerOptions, type StopCause } from './live-container.ts';

/** Keeps as many containers running as are desired: starts, replaces and stops them. */
export class Supervisor {
  /** A scale-in may have waited for a protection to end. */
  readonly protections = new TaskProtections(() => this.#reconcile());
  readonly #options: LiveContainerOptions;
  readonly #live = new Map<string, LiveContainer>();
  readonly #backoff = new CrashBackoff();
  #startTimer: NodeJS.Timeout | undefined;
  #desiredCount = 0;
  #isClosing = false;

  constructor(options: LiveContainerOptions) {
    this.#options = options;
  }

  get desiredCount(): number {
    return this.#desiredCount;
  }

  /** Starts or stops containers until as many run; protected ones are left running, the newest others stop first. */
  setDesiredCount(desiredCount: number): void {
    this.#desiredCount = desiredCount;
    this.#reconcile();
  }

  /** Asks a task to stop; its replacement starts when its main process has exited. Harmless to repeat. */
  stop(taskArn: string, cause: StopCause): void {
    this.protections.clear(taskArn);
    this.#live.get(taskArn)?.stop(cause);
  }

  /** The task whose container was given this endpoint id; only a living one has it. */
  findByEndpoint(endpointId: string): ContainerTask | undefined {
    const live = [...this.#live.values()].find((candidate) => candidate.endpointId === endpointId);
    return live && this.#options.tasks.find(live.taskArn);
  }

  /** Stops every container, starts no more, and resolves when all are gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#startTimer);
    await Promise.all([...this.#live.values()].map((live) => this.#closeOne(live)));
  }

  /** Kills at once what still lives. */
  kill(): void {
    for (const live of this.#live.values()) live.kill();
  }

  async #closeOne(live: LiveContainer): Promise<void> {
    this.stop(live.taskArn, {
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'The host of the service is closing',
    });
    await live.exited;
    // Nobody will be here to wait for what the container left running in other process groups.
    live.kill();
    await live.stopped;
  }

  #reconcile(): void {
    clearTimeout(this.#startTimer);
    if (this.#isClosing) return;
    const wanted = this.#options.tasks.list().filter((task) => task.desiredStatus === 'RUNNING');
    this.#scaleIn(wanted, wanted.length - this.#desiredCount);
    const occupied = [...this.#live.values()].filter((live) => !live.hasExited);
    this.#scaleOut(this.#desiredCount - occupied.length);
  }

  #scaleIn(wanted: readonly ContainerTask[], excess: number): void {
    if (excess <= 0) return;
    const unprotected = wanted.filter((task) => !this.protections.get(task.taskArn).enabled);
    for (const { taskArn } of unprotected.toReversed().slice(0, excess))
      this.stop(taskArn, {
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: `Scaling activity initiated by (deployment ${DEPLOYMENT_ID})`,
      });
  }

  #scaleOut(missing: number): void {
    if (missing <= 0) return;
    const waitMs = this.#backoff.waitMs(Date.now());
    if (waitMs > 0) {
      this.#options.log(
        `ecs: the next container starts in ${waitMs} ms, because the last ones ended soon after their start`,
      );
      this.#startTimer = setTimeout(() => this.#reconcile(), waitMs);
      return;
    }
    for (let started = 0; started < missing; started += 1) this.#start();
  }

  #start(): void {
    const live = new LiveContainer(this.#options);
    this.#live.set(live.taskArn, live);
    live.exited.then((run) => this.#afterExit(live, run));
    live.stopped.then(() => this.#live.delete(live.taskArn));
  }

  #afterExit(live: LiveContainer, run: ContainerRun): void {
    this.protections.clear(live.taskArn);
    if (!run.wasRequested) this.#backoff.ended(run, Date.now());
    this.#reconcile();
  }
}
