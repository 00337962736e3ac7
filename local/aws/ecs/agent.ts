import type { RequestListener, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ContainerTask } from '#local/aws/ecs/containers/container-task';
import type { Supervisor } from '#local/aws/ecs/containers/supervisor';
import { AwsError, parseInput, readJson } from '#local/aws/wire/aws-json';
import type { Names } from './names.ts';
import { protectionMinutesSchema } from './protection-operations.ts';

const protectionBodySchema = z.strictObject({
  ProtectionEnabled: z.boolean(),
  ExpiresInMinutes: protectionMinutesSchema,
});

type AgentContext = {
  readonly supervisor: Supervisor;
  readonly names: Names;
  readonly task: ContainerTask;
};
type AgentSetup = Pick<AgentContext, 'supervisor' | 'names'> & { readonly log: (line: string) => void };
type Handler = (context: AgentContext, body: unknown) => object;

const ROUTES: Readonly<Record<string, Handler>> = {
  'GET v4 /task': metadata,
  'GET api /task-protection/v1/state': protection,
  'PUT api /task-protection/v1/state': changeProtection,
};

/** The variables that name a container's own endpoints, as the real agent sets them. */
export function agentEnvironment(url: string, endpointId: string): Record<string, string> {
  return {
    ECS_CONTAINER_METADATA_URI_V4: `${url}/v4/${endpointId}`,
    ECS_AGENT_URI: `${url}/api/${endpointId}`,
  };
}

/** Serves a container its task's metadata (version 4) and scale-in protection, like the ECS agent. Else 404. */
export function agentListener({ supervisor, names, log }: AgentSetup): RequestListener {
  return async (request, response) => {
    const [, kind = '', endpointId = '', ...rest] = (request.url ?? '').split('/');
    const handler = ROUTES[`${request.method} ${kind} /${rest.join('/')}`];
    try {
      const body = request.method === 'PUT' ? await readJson(request) : undefined;
      const task = supervisor.findByEndpoint(endpointId);
      if (task === undefined || handler === undefined) reply(response, 404, { error: 'Not found' });
      else reply(response, 200, handler({ supervisor, names, task }, body));
    } catch (error) {
      refuse(response, error, log);
    }
  };
}

function metadata({ task, names }: AgentContext) {
  return {
    Cluster: task.clusterArn,
    ServiceName: names.service,
    TaskARN: task.taskArn,
    Family: names.service,
    Revision: task.taskDefinitionArn.split(':').at(-1),
    DesiredStatus: task.desiredStatus,
    KnownStatus: task.lastStatus,
    LaunchType: task.launchType,
    AvailabilityZone: task.availabilityZone,
  };
}

function protection({ supervisor, task }: AgentContext) {
  const { enabled, expiresAt } = supervisor.protections.get(task.taskArn);
  return { protection: { ProtectionEnabled: enabled, ExpirationDate: expiresAt, TaskArn: task.taskArn } };
}

function changeProtection(context: AgentContext, body: unknown) {
  const { ProtectionEnabled, ExpiresInMinutes } = parseInput(protectionBodySchema, body);
  const { supervisor, task } = context;
  if (task.desiredStatus === 'STOPPED') return failure(task, 'TASK_NOT_VALID');
  if (!ProtectionEnabled) supervisor.protections.end(task.taskArn);
  else if (!supervisor.protect(task.taskArn, ExpiresInMinutes)) return failure(task, 'DEPLOYMENT_BLOCKED');
  return protection(context);
}

/** Sent with status 200. Source: Amazon ECS developer guide, "Task scale-in protection endpoint", Failure. */
function failure({ taskArn }: ContainerTask, Reason: string) {
  return { failure: { Arn: taskArn, Reason, Detail: null } };
}

function refuse(response: ServerResponse, error: unknown, log: (line: string) => void): void {
  const isRefusal = error instanceof AwsError;
  // Otherwise a fault, or the container went away during its request.
  if (!isRefusal) log(`The ECS agent: ${error instanceof Error ? error.stack : error}`);
  const Code = isRefusal ? 'InvalidParameterException' : 'ServerException';
  reply(response, isRefusal ? 400 : 500, { error: { Code, Message: isRefusal ? error.message : String(error) } });
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
