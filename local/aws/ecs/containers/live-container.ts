import { randomBytes } from 'node:crypto';
import type { Manners } from '#local/aws/ecs/aws-manners';
import type { Deployment } from '#local/aws/ecs/deployments/deployments';
import { shortTaskId } from '#local/aws/ecs/names';
import { pause } from '#processes/pause';
import { killProcessesOf } from '#processes/process-identity';
import type { Container } from './container.ts';
import { type ContainerTask, endedFields, newContainerTask, type StopCause, withContainer } from './container-task.ts';
import type { HealthStatus } from './health-check.ts';
import {
  healthCheckOf,
  type LiveContainerOptions,
  removeTemporaryFiles,
  startRevision,
  type Which,
  watchRevision,
} from './revision.ts';

/** How a container's main process ended. One that could not start ran for 0 ms. */
export type ContainerEnd = {
  readonly ranMs: number;
  readonly exitCode: number;
  readonly wasRequested: boolean;
  /** Whether `onStatus` has told of its success or failure: RUNNING without a health check, or its first status. */
  readonly isJudged: boolean;
};

const EXIT_CODE_NOT_STARTED = 127;

/** One container task from its start until it has stopped. Each change of its status goes to `tasks`. */
export class LiveContainer {
  readonly taskArn: string;
  /** The unguessable part of the container's endpoints. */
  readonly endpointId = randomBytes(16).toString('hex');
  /** How the main process ended. Its children may still live. */
  readonly exited: Promise<ContainerEnd>;
  /** Settles when the task is STOPPED. */
  readonly stopped: Promise<void>;
  readonly deploymentId: string;
  #hasExited = false;
  readonly #options: LiveContainerOptions;
  readonly #revision: number;
  readonly #startedMs = Date.now();
  /** Aborted when the task is to stop, or has ended: then it is neither placed nor checked. */
  readonly #ending = new AbortController();
  readonly #killed = new AbortController();
  /** Undefined before the task is placed. */
  #container: Container | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  /** Starts the container. */
  constructor(options: LiveContainerOptions, deployment: Deployment) {
    const task = newContainerTask(options.tasks.names, deployment);
    this.taskArn = task.taskArn;
    this.deploymentId = deployment.id;
    this.#options = options;
    this.#revision = deployment.revision;
    if (options.manners) this.#announce({ ...task, lastStatus: 'PROVISIONING' });
    else {
      this.#container = this.#start();
      this.#announce(task);
    }
    this.exited = this.#follow();
    this.stopped = this.exited.then(() => this.#finish());
  }

  /** Sends SIGTERM, and SIGKILL to the group after the stop timeout. A repetition does nothing. */
  stop(cause: StopCause): void {
    if (this.#task.desiredStatus === 'STOPPED') return;
    const stopping = { ...cause, desiredStatus: 'STOPPED', stoppingAt: isoNow() } as const;
    // With a load balancer it would take a while; here it is only a state that a reader must know.
    if (this.#options.manners) this.#change({ ...stopping, lastStatus: 'DEACTIVATING' });
    this.#change({ ...stopping, lastStatus: 'STOPPING' });
    this.#log(`is asked to stop: ${cause.stoppedReason}`);
    this.#ending.abort();
    this.#container?.terminate();
    this.#killTimer = setTimeout(() => this.#container?.kill(), this.#options.stopTimeoutSeconds * 1000);
  }

  /** Sends SIGKILL to its group and, on Linux, to the processes that it started in other groups. */
  kill(): void {
    this.#ending.abort();
    this.#killed.abort();
    // After the exit another process may have the pid.
    if (!this.#hasExited) this.#container?.kill();
    killProcessesOf(this.endpointId);
  }

  /** Whether the main process has exited. */
  get hasExited(): boolean {
    return this.#hasExited;
  }

  get #task(): ContainerTask {
    return this.#options.tasks.get(this.taskArn);
  }

  /** First the journal, then the announcement: an announced task must survive a kill of this process. */
  #announce(task: ContainerTask): void {
    this.#options.journal.begin({ task, endpointId: this.endpointId, pid: this.#container?.pid });
    this.#options.tasks.add(task);
  }

  /** Keeps what the health check has found. */
  showHealth(healthStatus: HealthStatus): void {
    this.#log(`is ${healthStatus}`);
    this.#change({ healthStatus, containers: withContainer(this.#task.containers, { healthStatus }) });
  }

  get hasHealthCheck(): boolean {
    return healthCheckOf(this.#options, this.#which) !== undefined;
  }

  get #which(): Which {
    return { revision: this.#revision, taskArn: this.taskArn, endpointId: this.endpointId };
  }

  #start(): Container {
    return startRevision(this.#options, this.#which);
  }

  /** Waits in each state before RUNNING, then starts the program. Undefined if the task was stopped meanwhile. */
  async #place(manners: Manners | undefined): Promise<Container | undefined> {
    for (const lastStatus of ['PENDING', undefined] as const) {
      if (manners && !(await pause(manners.placingMs(), this.#ending.signal))) return undefined;
      if (lastStatus) this.#change({ lastStatus });
    }
    this.#container = this.#start();
    this.#options.journal.begin({ task: this.#task, endpointId: this.endpointId, pid: this.#container.pid });
    return this.#container;
  }

  async #follow(): Promise<ContainerEnd> {
    const container = this.#container ?? (await this.#place(this.#options.manners));
    if (container === undefined) return this.#neverStart();
    const failure = await container.started.then(() => undefined, String);
    if (failure !== undefined) return this.#failToStart(failure);
    const { desiredStatus, containers } = this.#task;
    this.#log(`runs as process ${container.pid}`);
    this.#change({
      lastStatus: desiredStatus === 'RUNNING' ? 'RUNNING' : 'STOPPING',
      startedAt: isoNow(),
      containers: withContainer(containers, { lastStatus: 'RUNNING' }),
    });
    this.#options.onStatus(this.taskArn, 'RUNNING');
    watchRevision(this.#options, this.#which, this.#ending.signal);
    return this.#exit(await container.exited);
  }

  #neverStart(): ContainerEnd {
    const { stopCode = 'UserInitiated', stoppedReason = '' } = this.#task;
    this.#end({ stopCode, stoppedReason }, {});
    return { ranMs: 0, exitCode: EXIT_CODE_NOT_STARTED, wasRequested: true, isJudged: false };
  }

  #failToStart(failure: string): ContainerEnd {
    const reason = `CannotStartContainerError: ${failure}`;
    this.#log(reason);
    this.#end({ stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start' }, { reason });
    return { ranMs: 0, exitCode: EXIT_CODE_NOT_STARTED, wasRequested: false, isJudged: false };
  }

  #exit(exitCode: number): ContainerEnd {
    const { desiredStatus, healthStatus } = this.#task;
    const isJudged = healthStatus !== undefined || !this.hasHealthCheck;
    this.#log(`has ended its main process with exit code ${exitCode}`);
    const cause = {
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    } as const;
    this.#end(cause, { exitCode });
    return { ranMs: Date.now() - this.#startedMs, exitCode, wasRequested: desiredStatus === 'STOPPED', isJudged };
  }

  #end(cause: StopCause, container: { exitCode?: number; reason?: string }): void {
    clearTimeout(this.#killTimer);
    this.#ending.abort();
    this.#hasExited = true;
    this.#change(endedFields(this.#task, cause, container));
  }

  async #finish(): Promise<void> {
    const { manners } = this.#options;
    if (manners) await pause(manners.deprovisioningMs(), this.#killed.signal);
    await this.#container?.closed;
    await removeTemporaryFiles(this.#options, this.#which);
    this.#change({ lastStatus: 'STOPPED', stoppedAt: isoNow() });
    this.#log('is STOPPED');
  }

  #change(fields: Partial<ContainerTask>): void {
    this.#options.tasks.change(this.taskArn, fields);
  }

  #log(text: string): void {
    this.#options.log(`ecs: task ${shortTaskId(this.taskArn)} ${text}`);
  }
}

function isoNow(): string {
  return new Date().toISOString();
}
