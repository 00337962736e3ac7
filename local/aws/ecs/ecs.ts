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
  /** Program and arguments of a container. */
  readonly command: readonly string[];
  /** Of each container, complete but for PATH, HOME and TMPDIR, which it has from this process. */
  readonly environment: Record<string, string>;
  readonly desiredCount: number;
  /** From SIGTERM to SIGKILL; DEFAULT_STOP_TIMEOUT_SECONDS unless given. */
  readonly stopTimeoutSeconds?: number;
  /** Remembers container tasks, so that a next host can end and report what a killed one left. One host at a time. */
  readonly journalFile?: string;
  /** Called on each change of a container task, again while it rejects: at least once, unordered. */
  readonly onStateChange: (event: EcsTaskStateChangeEvent) => Promise<void>;
  /** Takes the lines of the containers, each after the first digits of its task id, and the lines of the service itself. */
  readonly log: (line: string) => void;
};

export type Ecs = {
  readonly url: string;
  /** Stops every container and resolves when all are gone and the port is free. Called again, or by `force`, it kills at once. */
  close(options?: { readonly force?: boolean }): Promise<void>;
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

const checkedOptions = z.object({
  port: z.int().min(0).max(65_535),
  command: z.array(z.string()).min(1),
  desiredCount: z.int().min(0).max(MAX_DESIRED_COUNT),
  stopTimeoutSeconds: z.number().min(0).max(MAX_STOP_TIMEOUT_SECONDS).optional(),
});

/**
 * Starts a local Amazon ECS: the cluster `lastcall` with the service `batch-server`, whose container tasks are processes
 * of this machine, behind ECS's own wire protocol and the container agent's endpoints.
 * Rejects on wrong options, a port in use, and a journal that cannot be used.
 */
export async function startEcs(options: EcsOptions): Promise<Ecs> {
  checkedOptions.parse(options);
  const server = createServer();
  // The port is taken before the journal is read: a second host must fail before it ends the first one's containers.
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
  return { url, close: closer(server, parts) };
}

function assemble(options: EcsOptions, url: string): Parts {
  const { command, log, stopTimeoutSeconds = DEFAULT_STOP_TIMEOUT_SECONDS } = options;
  const environment = { ...inheritedEnvironment(), ...options.environment };
  const journal = new Journal(options.journalFile, log);
  const deliveries = new Deliveries({ handler: options.onStateChange, log });
  const tasks = new ContainerTasks((task) => announce(task, { journal, deliveries }));
  const endpointsOf = (endpointId: string) => agentEnvironment(url, endpointId);
  const supervisor = new Supervisor({ command, environment, endpointsOf, stopTimeoutSeconds, tasks, journal, log });
  return { tasks, journal, deliveries, supervisor, closing: new AbortController() };
}

function inheritedEnvironment(): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => ['PATH', 'HOME', 'TMPDIR'].includes(name));
  return Object.fromEntries(inherited.map(([name, value]) => [name, value ?? '']));
}

async function announce(task: ContainerTask, { journal, deliveries }: Pick<Parts, 'journal' | 'deliveries'>) {
  journal.record(task);
  const isDone = await deliveries.send(taskStateChangeEvent(task, new Date()));
  // Until then a next host must be able to tell of it.
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

function closer(server: Server, parts: Parts): Ecs['close'] {
  let closed: Promise<void> | undefined;
  return ({ force = false } = {}) => {
    const isRepeated = closed !== undefined;
    closed ??= closeAll(server, parts);
    if (force || isRepeated) parts.supervisor.kill();
    return closed;
  };
}

async function closeAll(server: Server, { closing, supervisor, deliveries }: Parts): Promise<void> {
  closing.abort();
  // Containers that stop may still ask for their metadata, so the server ends after them.
  await supervisor.close();
  await deliveries.close();
  await unlisten(server);
}
