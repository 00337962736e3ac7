/** ECS on this machine: one cluster with one service, whose container tasks are processes. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { ContainerTask, StopCause } from '#local/aws/ecs/containers/container-task';
import { Journal } from '#local/aws/ecs/containers/journal';
import { recoverContainers } from '#local/aws/ecs/containers/recovery';
import { Supervisor } from '#local/aws/ecs/containers/supervisor';
import type { Deployment, DeploymentNews } from '#local/aws/ecs/deployments/deployments';
import { TaskDefinitions, taskDefinitionOperations } from '#local/aws/ecs/deployments/task-definitions';
import { type AwsService, serveAwsJson } from '#local/aws/wire/aws-json';
import { listen, unlisten } from '#local/aws/wire/listen';
import { agentEnvironment, agentListener } from './agent.ts';
import { Manners } from './aws-manners.ts';
import { Deliveries } from './deliveries.ts';
import { deploymentStateChangeEvent, type EcsEvent, taskStateChangeEvent } from './events.ts';
import { DEFAULT_STOP_TIMEOUT_SECONDS } from './limits.ts';
import { Names } from './names.ts';
import { checkOptions, type EcsOptions } from './options.ts';
import { protectionOperations } from './protection-operations.ts';
import { serviceOperations } from './service-operations.ts';
import { taskOperations } from './task-operations.ts';
import { ContainerTasks } from './tasks.ts';

type Parts = {
  readonly tasks: ContainerTasks;
  readonly journal: Journal;
  readonly deliveries: Deliveries;
  readonly supervisor: Supervisor;
  readonly definitions: TaskDefinitions;
  readonly manners: Manners | undefined;
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

/**
 * Starts the cluster with its service, behind ECS's wire protocol and the endpoints of the container agent.
 * @throws ZodError for wrong options
 * @throws Error EADDRINUSE when the port is taken, or when the journal cannot be used
 */
export async function startEcs(options: EcsOptions): Promise<Ecs> {
  checkOptions(options);
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
  parts.supervisor.update({ desiredCount: options.desiredCount });
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

  /** Stops a task as AWS does for reasons of its own, such as a Spot interruption or the retirement of its host. */
  retire(taskArn: string, cause: StopCause): void {
    this.#parts.supervisor.stop(taskArn, cause);
  }

  /** Stops every container. Returns when all are gone and the port is free. With `force`, or repeated, it kills. */
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
  const { command, log, stopTimeoutSeconds = DEFAULT_STOP_TIMEOUT_SECONDS } = options;
  const environment = { ...inheritedEnvironment(), ...options.environment };
  const journal = new Journal(options.journalFile, log);
  const manners = options.mannersSeed === undefined ? undefined : new Manners(options.mannersSeed);
  const deliveries = new Deliveries({ handler: (event) => pass(event, options), log, manners });
  const definitions = new TaskDefinitions();
  const names = new Names(options);
  const tasks = new ContainerTasks(names, (task) => announce(task, { journal, deliveries }));
  const endpointsOf = (endpointId: string) => agentEnvironment(url, endpointId);
  const container = { command, environment, endpointsOf, stopTimeoutSeconds, definitions, manners };
  const onDeployment = (news: DeploymentNews, deployment: Deployment) =>
    void deliveries.send(deploymentStateChangeEvent(names.serviceArn, news, deployment));
  const { healthCheck, temporaryFolder } = options;
  const supervisor = new Supervisor({ ...container, healthCheck, temporaryFolder, tasks, journal, log, onDeployment });
  return { tasks, journal, deliveries, supervisor, definitions, manners, closing: new AbortController() };
}

async function pass(event: EcsEvent, { onStateChange, onDeploymentChange }: EcsOptions): Promise<void> {
  if (event['detail-type'] === 'ECS Task State Change') await onStateChange(event);
  else await onDeploymentChange?.(event);
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
    operations: {
      ...serviceOperations(context),
      ...taskOperations(context),
      ...protectionOperations(context),
      ...taskDefinitionOperations(parts.definitions, parts.tasks.names),
    },
    log,
  };
  const agent = agentListener({ supervisor: parts.supervisor, names: parts.tasks.names, log });
  return (request, response) => {
    if (request.url === '/') void serveAwsJson(service, request, response);
    else agent(request, response);
  };
}
