/** ECS on this machine: one cluster with one service, whose container tasks are processes. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { z } from 'zod';
import type { ContainerTask } from '#local/aws/ecs/containers/container-task';
import { Journal } from '#local/aws/ecs/containers/journal';
import { recoverContainers } from '#local/aws/ecs/containers/recovery';
import { Supervisor } from '#local/aws/ecs/containers/supervisor';
import { type AwsService, serveAwsJson } from '#local/aws/wire/aws-json';
import { listen, unlisten } from '#local/aws/wire/listen';
import { agentEnvironment, agentListener } from './agent.ts';
import { Deliveries } from './deliveries.ts';
import { type EcsTaskStateChangeEvent, taskStateChangeEvent } from './events.ts';
import { DEFAULT_STOP_TIMEOUT_SECONDS, MAX_DESIRED_COUNT, MAX_STOP_TIMEOUT_SECONDS } from './limits.ts';
import { protectionOperations } from './protection-operations.ts';
import { serviceOperations } from './service-operations.ts';
import { taskOperations } from './task-operations.ts';
import { ContainerTasks } from './tasks.ts';

export type EcsOptions = {
  /** On 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  /** The name of the container in each task. */
  readonly container: string;
  /** The program of a container and its arguments. */
  readonly command: readonly string[];
  /** Of each container, complete except for PATH, HOME and TMPDIR, which come from this process. */
  readonly environment: Record<string, string>;
  readonly desiredCount: number;
  /** From SIGTERM to SIGKILL. DEFAULT_STOP_TIMEOUT_SECONDS when left out. */
  readonly stopTimeoutSeconds?: number;
  /** Keeps container tasks on disk: the next host ends and reports those of a killed one. One host at a time. */
  readonly journalFile?: string;
  /** Called on each change of a container task, and again when it rejects: at least once, unordered. */
  readonly onStateChange: (event: EcsTaskStateChangeEvent) => Promise<void>;
  /** Gets the lines of the containers, prefixed with the first digits of the task id, and those of the service. */
  readonly log: (line: string) => void;
};

type Parts = {
  readonly tasks: ContainerTasks;
  readonly journal: Journal;
  readonly deliveries: Deliveries;
  readonly supervisor: Supervisor;
  readonly closing: AbortController;
};

const PROTOCOL = {
  name: 'ECS',
  contentType: 'application/x-amz-json-1.1',
  targetPrefix: 'AmazonEC2ContainerServiceV20141113.',
  errorPrefix: '',
  errorNames: {
    WrongInput: 'InvalidParameterException',
    WrongToken: 'InvalidParameterException',
    Fault: 'ServerException',
  },
};

const optionsSchema = z.object({
  container: z.string().min(1),
  port: z.int().min(0).max(65_535),
  command: z.array(z.string()).min(1),
  desiredCount: z.int().min(0).max(MAX_DESIRED_COUNT),
  stopTimeoutSeconds: z.number().min(0).max(MAX_STOP_TIMEOUT_SECONDS).optional(),
});

/**
 * Starts the cluster `lastcall` with the service `batch-server`, behind ECS's own wire protocol and the endpoints of the
 * container agent.
 * @throws ZodError for wrong options
 * @throws Error EADDRINUSE when the port is taken, or when the journal cannot be used
 */
export async function startEcs(options: EcsOptions): Promise<Ecs> {
  optionsSchema.parse(options);
  const server = createServer();
  // First the port, then the journal: a second host must fail before it kills the containers of the first.
  const url = await listen(server, options.port);
  const parts = assemble(options, url);
  server.on('request', route(parts, options.log));
  try {
    await recoverContainers({ ...parts, log: options.log, signal: parts.closing.signal });
  } catch (error) {
    await unlisten(server);
    throw error;
  }
  parts.supervisor.setDesiredCount(options.desiredCount);
  return new Ecs(url, server, parts);
}

/** A running ECS. */
export class Ecs {
  readonly url: string;
  readonly #server: Server;
  readonly #parts: Parts;
  #closed: Promise<void> | undefined;

  constructor(url: string, server: Server, parts: Parts) {
    this.url = url;
    this.#server = server;
    this.#parts = parts;
  }

  /** Stops every container. Returns when all are gone and the port is free. With `force`, or when repeated, it kills them. */
  async close({ force = false }: { readonly force?: boolean } = {}): Promise<void> {
    const isRepeated = this.#closed !== undefined;
    this.#closed ??= this.#closeAll();
    if (force || isRepeated) this.#parts.supervisor.kill();
    await this.#closed;
  }

  async #closeAll(): Promise<void> {
    const { closing, supervisor, deliveries } = this.#parts;
    closing.abort();
    // The server closes last: stopping containers may still ask for their metadata.
    await supervisor.close();
    await deliveries.close();
    await unlisten(this.#server);
  }
}

function assemble(options: EcsOptions, url: string): Parts {
  const { command, container, log, stopTimeoutSeconds = DEFAULT_STOP_TIMEOUT_SECONDS } = options;
  const environment = { ...inheritedEnvironment(), ...options.environment };
  const journal = new Journal(options.journalFile, log);
  const deliveries = new Deliveries({ handler: options.onStateChange, log });
  const tasks = new ContainerTasks((task) => announce(task, { journal, deliveries }));
  const endpointsOf = (endpointId: string) => agentEnvironment(url, endpointId);
  const settings = { container, command, environment, endpointsOf, stopTimeoutSeconds };
  const supervisor = new Supervisor({ ...settings, tasks, journal, log });
  return { tasks, journal, deliveries, supervisor, closing: new AbortController() };
}

function inheritedEnvironment(): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => ['PATH', 'HOME', 'TMPDIR'].includes(name));
  return Object.fromEntries(inherited.map(([name, value]) => [name, value ?? '']));
}

async function announce(task: ContainerTask, { journal, deliveries }: Pick<Parts, 'journal' | 'deliveries'>) {
  journal.record(task);
  const isDone = await deliveries.send(taskStateChangeEvent(task, new Date()));
  // Until then the next host must be able to report it.
  if (isDone && task.lastStatus === 'STOPPED') journal.forget(task.taskArn);
}

function route(parts: Parts, log: (line: string) => void): RequestListener {
  const context = { ...parts, createdAt: new Date().toISOString() };
  const service: AwsService = {
    ...PROTOCOL,
    operations: { ...serviceOperations(context), ...taskOperations(context), ...protectionOperations(context) },
    log,
  };
  const agent = agentListener(parts.supervisor, log);
  return (request, response) => {
    if (request.url === '/') void serveAwsJson(service, request, response);
    else agent(request, response);
  };
}
