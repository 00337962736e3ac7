import { TaskProtections } from '#local/aws/ecs/protections';
import { type ContainerTask, DEPLOYMENT_ID, type StopCause } from './container-task.ts';
import { CrashBackoff } from './crash-backoff.ts';
import { type ContainerEnd, LiveContainer, type LiveContainerOptions } from './live-container.ts';

/** Keeps the desired number of containers running: starts, replaces and stops them. */
export class Supervisor {
  /** The end of a protection may let a scale-in go on. */
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

  /** How many containers should run. */
  get desiredCount(): number {
    return this.#desiredCount;
  }

  /** Starts or stops containers until this many run. Stops the newest first, but no protected one. */
  setDesiredCount(desiredCount: number): void {
    this.#desiredCount = desiredCount;
    this.#reconcile();
  }

  /** Asks a task to stop. Its replacement starts when its main process has exited. May be repeated. */
  stop(taskArn: string, cause: StopCause): void {
    this.protections.clear(taskArn);
    this.#live.get(taskArn)?.stop(cause);
  }

  /** The living task whose container has this endpoint id. */
  findByEndpoint(endpointId: string): ContainerTask | undefined {
    const live = [...this.#live.values()].find((candidate) => candidate.endpointId === endpointId);
    return live && this.#options.tasks.find(live.taskArn);
  }

  /** Stops every container and starts no more. Returns when all are gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#startTimer);
    await Promise.all([...this.#live.values()].map((live) => this.#closeOne(live)));
  }

  /** Kills every living container at once. */
  kill(): void {
    for (const live of this.#live.values()) live.kill();
  }

  async #closeOne(live: LiveContainer): Promise<void> {
    this.stop(live.taskArn, {
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'The host of the service is closing',
    });
    await live.exited;
    // Kills the processes it left in other process groups; they would outlive this host.
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
    live.exited.then((end) => this.#afterExit(live, end));
    live.stopped.then(() => this.#live.delete(live.taskArn));
  }

  #afterExit(live: LiveContainer, end: ContainerEnd): void {
    this.protections.clear(live.taskArn);
    if (!end.wasRequested) this.#backoff.ended(end, Date.now());
    this.#reconcile();
  }
}
