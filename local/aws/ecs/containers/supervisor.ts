import { type Deployment, type DeploymentNews, Deployments } from '#local/aws/ecs/deployments/deployments';
import {
  type DeploymentConfiguration,
  deploymentConfigurationSchema,
  nextSteps,
} from '#local/aws/ecs/deployments/rolling-update';
import { TaskProtections } from '#local/aws/ecs/protections';
import { takeCensus } from './census.ts';
import type { ContainerTask, StopCause } from './container-task.ts';
import { CrashBackoff } from './crash-backoff.ts';
import type { HealthStatus } from './health-check.ts';
import { type ContainerEnd, LiveContainer } from './live-container.ts';
import type { LiveContainerOptions } from './revision.ts';

type SupervisorOptions = Omit<LiveContainerOptions, 'onStatus'> & {
  readonly onDeployment: (news: DeploymentNews, deployment: Deployment) => void;
};
type ServiceChange = {
  readonly desiredCount?: number | undefined;
  /** Of the task definition. Another one than now, or `force`, begins a deployment. */
  readonly revision?: number | undefined;
  readonly force?: boolean | undefined;
  readonly configuration?: DeploymentConfiguration | undefined;
};

/** Source: Amazon ECS developer guide, "Stopped tasks error messages". */
const UNHEALTHY = 'Task failed container health checks';

/** Keeps the desired number of containers running: starts, replaces and stops them. */
export class Supervisor {
  /** The end of a protection may let a scale-in go on. */
  readonly protections = new TaskProtections(() => this.#reconcile());
  readonly deployments: Deployments;
  readonly #options: LiveContainerOptions;
  readonly #live = new Map<string, LiveContainer>();
  #backoff = new CrashBackoff();
  #timers = new Set<NodeJS.Timeout>();
  #configuration = deploymentConfigurationSchema.parse({});
  #desiredCount = 0;
  #isClosing = false;

  constructor({ onDeployment, ...options }: SupervisorOptions) {
    this.deployments = new Deployments(onDeployment);
    this.#options = { ...options, onStatus: (taskArn, status) => this.#judge(taskArn, status) };
  }

  /** How many containers should run. */
  get desiredCount(): number {
    return this.#desiredCount;
  }

  get configuration(): DeploymentConfiguration {
    return this.#configuration;
  }

  /**
   * Starts or stops containers until the desired number run, all of the primary deployment. Stops the newest first, but
   * no protected one. A new revision starts without the back-off of the last.
   */
  update({ desiredCount, revision, force, configuration }: ServiceChange): void {
    this.#desiredCount = desiredCount ?? this.#desiredCount;
    this.#configuration = configuration ?? this.#configuration;
    const { primary } = this.deployments;
    const isNew = revision !== undefined && revision !== primary.revision;
    if (isNew || force) this.deployments.begin(revision ?? primary.revision);
    if (isNew) this.#backoff = new CrashBackoff();
    this.#reconcile();
  }

  /** Asks a task to stop, protected or not. May be repeated. */
  stop(taskArn: string, cause: StopCause): void {
    this.#stop(taskArn, cause);
    this.#reconcile();
  }

  /**
   * Protects a task from scale-in and deployments; false if more tasks would then be protected than are desired.
   * Source: Amazon ECS developer guide, "Task scale-in protection considerations", DEPLOYMENT_BLOCKED.
   */
  protect(taskArn: string, minutes: number): boolean {
    if (this.protections.countWith(taskArn) > this.#desiredCount) return false;
    this.protections.protect(taskArn, minutes);
    return true;
  }

  /** The living task whose container has this endpoint id. */
  findByEndpoint(endpointId: string): ContainerTask | undefined {
    const live = [...this.#live.values()].find((candidate) => candidate.endpointId === endpointId);
    return live && this.#options.tasks.find(live.taskArn);
  }

  /** Stops every container and starts no more. Returns when all are gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.#live.values()].map((live) => this.#closeOne(live)));
  }

  /** Kills every living container at once. */
  kill(): void {
    for (const live of this.#live.values()) live.kill();
  }

  async #closeOne(live: LiveContainer): Promise<void> {
    this.#stop(live.taskArn, {
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'The host of the service is closing',
    });
    await live.exited;
    // Kills the processes it left in other process groups; they would outlive this host.
    live.kill();
    await live.stopped;
  }

  #stop(taskArn: string, cause: StopCause): void {
    this.protections.clear(taskArn);
    this.#live.get(taskArn)?.stop(cause);
  }

  #reconcile(): void {
    if (this.#isClosing) return;
    const { primary } = this.deployments;
    const { current, former, unhealthy, census } = takeCensus({
      ...this.#options,
      desired: this.#desiredCount,
      primaryId: primary.id,
      live: [...this.#live.values()],
    });
    const steps = nextSteps(census, this.#configuration);
    this.#stopSome(current.toReversed(), steps.stopCurrent);
    this.#stopSome(former, steps.stopFormer);
    this.#stopUnhealthy(unhealthy.slice(0, steps.stopUnhealthy));
    if (primary.rolloutState !== 'FAILED') this.#scaleOut(steps.start);
    const hasOthers = former.length + unhealthy.length > 0;
    const isSteady = !hasOthers && current.length === this.#desiredCount && census.healthy === current.length;
    if (isSteady) this.deployments.complete();
  }

  #stopSome(tasks: readonly ContainerTask[], count: number): void {
    const unprotected = tasks.filter((task) => !this.protections.get(task.taskArn).enabled);
    for (const { taskArn } of unprotected.slice(0, count))
      this.#stop(taskArn, {
        stopCode: 'ServiceSchedulerInitiated',
        stoppedReason: `Scaling activity initiated by (deployment ${this.deployments.primary.id})`,
      });
  }

  /** Protected or not. Source: Amazon ECS developer guide, "Task scale-in protection": of scale-ins and deployments. */
  #stopUnhealthy(tasks: readonly ContainerTask[]): void {
    const cause = { stopCode: 'ServiceSchedulerInitiated', stoppedReason: UNHEALTHY } as const;
    for (const { taskArn } of tasks) this.#stop(taskArn, cause);
  }

  #scaleOut(missing: number): void {
    if (missing <= 0) return;
    const waitMs = this.#backoff.waitMs(Date.now());
    if (waitMs > 0) {
      this.#options.log(
        `ecs: the next container starts in ${waitMs} ms, because the last ones ended soon after their start`,
      );
      this.#later(waitMs);
      return;
    }
    for (let started = 0; started < missing; started += 1) this.#start(this.deployments.primary);
  }

  #start(deployment: Deployment): void {
    const live = new LiveContainer(this.#options, deployment);
    this.#live.set(live.taskArn, live);
    live.exited.then((end) => this.#afterExit(live, end));
    live.stopped.then(() => this.#live.delete(live.taskArn));
  }

  #afterExit(live: LiveContainer, end: ContainerEnd): void {
    this.protections.clear(live.taskArn);
    if (!end.wasRequested) this.#backoff.ended(end, Date.now());
    if (!end.isJudged && !end.wasRequested && this.#isCurrent(live)) this.#noteFailure();
    this.#reconcile();
  }

  /** A task that runs is a success if it has no health check; otherwise its health decides. */
  #judge(taskArn: string, status: 'RUNNING' | HealthStatus): void {
    const live = this.#live.get(taskArn);
    if (live === undefined) return;
    if (status !== 'RUNNING') live.showHealth(status);
    if (this.#isCurrent(live)) this.#count(live, status);
    if (status === 'RUNNING') this.#later(this.#options.manners?.healthyAfterMs ?? 0);
    else this.#reconcile();
  }

  #count(live: LiveContainer, status: 'RUNNING' | HealthStatus): void {
    if (status === 'UNHEALTHY') this.#noteFailure();
    else if (status === 'HEALTHY' || !live.hasHealthCheck) this.deployments.noteSuccess();
  }

  #isCurrent({ deploymentId }: LiveContainer): boolean {
    return deploymentId === this.deployments.primary.id;
  }

  #noteFailure(): void {
    const { id } = this.deployments.primary;
    if (!this.deployments.noteFailure(this.#desiredCount, this.#configuration.deploymentCircuitBreaker)) return;
    this.#backoff = new CrashBackoff();
    this.#options.log(`ecs: deployment ${id} failed: tasks failed to start`);
  }

  #later(waitMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#reconcile();
    }, waitMs);
    this.#timers.add(timer);
  }
}
