import { randomBytes } from 'node:crypto';
import { shortTaskId } from '#local/aws/ecs/names';
import type { ContainerTasks } from '#local/aws/ecs/tasks';
import { killProcessesOf } from '#processes/process-identity';
import { type Container, startContainer } from './container.ts';
import { type ContainerTask, endedFields, newContainerTask, type StopCause, withContainer } from './container-task.ts';
import type { Journal } from './journal.ts';

/** What every container of the service is started with. */
export type LiveContainerOptions = {
  readonly command: readonly string[];
  /** Of every container; `endpointsOf` adds the container's own variables. */
  readonly environment: Record<string, string>;
  readonly endpointsOf: (endpointId: string) => Record<string, string>;
  readonly stopTimeoutSeconds: number;
  readonly tasks: ContainerTasks;
  readonly journal: Journal;
  readonly log: (line: string) => void;
};

/** How a container's main process ended. One that could not start ran for 0 ms. */
export type ContainerEnd = {
  readonly ranMs: number;
  readonly exitCode: number;
  readonly wasRequested: boolean;
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
  #hasExited = false;
  readonly #options: LiveContainerOptions;
  readonly #container: Container;
  readonly #startedMs = Date.now();
  #killTimer: NodeJS.Timeout | undefined;

  /** Starts the container. */
  constructor(options: LiveContainerOptions) {
    const task = newContainerTask(options.tasks.names, new Date());
    this.taskArn = task.taskArn;
    this.#options = options;
    this.#container = this.#start();
    // First the journal, then the announcement: an announced task must survive a kill of this process.
    options.journal.begin({ task, endpointId: this.endpointId, pid: this.#container.pid });
    options.tasks.add(task);
    this.exited = this.#follow();
    this.stopped = this.exited.then(() => this.#finish());
  }

  /** Sends SIGTERM, and SIGKILL to the group after the stop timeout. A repetition does nothing. */
  stop(cause: StopCause): void {
    if (this.#task.desiredStatus === 'STOPPED') return;
    this.#change({ ...cause, desiredStatus: 'STOPPED', lastStatus: 'STOPPING', stoppingAt: isoNow() });
    this.#log(`is asked to stop: ${cause.stoppedReason}`);
    this.#container.terminate();
    this.#killTimer = setTimeout(() => this.#container.kill(), this.#options.stopTimeoutSeconds * 1000);
  }

  /** Sends SIGKILL to its group and, on Linux, to the processes that it started in other groups. */
  kill(): void {
    // After the exit another process may have the pid.
    if (!this.#hasExited) this.#container.kill();
    killProcessesOf(this.endpointId);
  }

  /** Whether the main process has exited. */
  get hasExited(): boolean {
    return this.#hasExited;
  }

  get #task(): ContainerTask {
    return this.#options.tasks.get(this.taskArn);
  }

  #start(): Container {
    const { command, environment, endpointsOf, log } = this.#options;
    const prefix = shortTaskId(this.taskArn);
    return startContainer({
      command,
      environment: { ...environment, ...endpointsOf(this.endpointId) },
      onLine: (line) => log(`${prefix} ${line}`),
    });
  }

  async #follow(): Promise<ContainerEnd> {
    const failure = await this.#container.started.then(() => undefined, String);
    if (failure !== undefined) return this.#failToStart(failure);
    const { desiredStatus, containers } = this.#task;
    this.#log(`runs as process ${this.#container.pid}`);
    this.#change({
      lastStatus: desiredStatus === 'RUNNING' ? 'RUNNING' : 'STOPPING',
      startedAt: isoNow(),
      containers: withContainer(containers, { lastStatus: 'RUNNING' }),
    });
    return this.#exit(await this.#container.exited);
  }

  #failToStart(failure: string): ContainerEnd {
    const reason = `CannotStartContainerError: ${failure}`;
    this.#log(reason);
    this.#end({ stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start' }, { reason });
    return { ranMs: 0, exitCode: EXIT_CODE_NOT_STARTED, wasRequested: false };
  }

  #exit(exitCode: number): ContainerEnd {
    const wasRequested = this.#task.desiredStatus === 'STOPPED';
    this.#log(`has ended its main process with exit code ${exitCode}`);
    const cause = {
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    } as const;
    this.#end(cause, { exitCode });
    return { ranMs: Date.now() - this.#startedMs, exitCode, wasRequested };
  }

  #end(cause: StopCause, container: { exitCode?: number; reason?: string }): void {
    clearTimeout(this.#killTimer);
    this.#hasExited = true;
    this.#change(endedFields(this.#task, cause, container));
  }

  async #finish(): Promise<void> {
    await this.#container.closed;
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
