import { z } from 'zod';
import { epochSeconds } from '#local/aws/ecs/containers/container-task';
import type { Supervisor } from '#local/aws/ecs/containers/supervisor';
import type { Deployment } from '#local/aws/ecs/deployments/deployments';
import { deploymentConfigurationSchema } from '#local/aws/ecs/deployments/rolling-update';
import type { TaskDefinitions } from '#local/aws/ecs/deployments/task-definitions';
import { type Operations, operation } from '#local/aws/wire/aws-json';
import { pageOf } from '#local/aws/wire/pages';
import { MAX_DESCRIBED_CLUSTERS, MAX_DESCRIBED_SERVICES, MAX_DESIRED_COUNT } from './limits.ts';
import { clusterSchema, includeSchema, pageFields } from './references.ts';
import type { ContainerTasks } from './tasks.ts';

type ServiceContext = {
  readonly tasks: ContainerTasks;
  readonly supervisor: Supervisor;
  readonly definitions: TaskDefinitions;
  /** ISO-8601 UTC. */
  readonly createdAt: string;
};

const listClustersSchema = z.strictObject(pageFields);
const describeClustersSchema = z.strictObject({
  clusters: z.array(z.string()).max(MAX_DESCRIBED_CLUSTERS).default(['default']),
  include: includeSchema,
});
const listServicesSchema = z.strictObject({ cluster: clusterSchema, ...pageFields });
const describeServicesSchema = z.strictObject({
  cluster: clusterSchema,
  services: z.array(z.string()).min(1, 'Services cannot be empty.').max(MAX_DESCRIBED_SERVICES),
  include: includeSchema,
});
const updateServiceSchema = z.strictObject({
  cluster: clusterSchema,
  service: z.string(),
  desiredCount: z.int().min(0).max(MAX_DESIRED_COUNT).optional(),
  taskDefinition: z.string().optional(),
  forceNewDeployment: z.boolean().optional(),
  deploymentConfiguration: deploymentConfigurationSchema.optional(),
});

/** The operations on the one cluster and the one service. */
export function serviceOperations(context: ServiceContext): Operations {
  const { names } = context.tasks;
  return {
    ListClusters: operation(listClustersSchema, (input) => {
      const page = pageOf([names.clusterArn], String, input);
      return { clusterArns: page.items, nextToken: page.nextToken };
    }),
    DescribeClusters: operation(describeClustersSchema, ({ clusters }) => ({
      clusters: clusters.some((name) => names.isCluster(name)) ? [wireCluster(context)] : [],
      failures: clusters.filter((name) => !names.isCluster(name)).map((name) => missing(name, names.clusterArn)),
    })),
    ListServices: operation(listServicesSchema, (input) => {
      names.requireCluster(input.cluster);
      const page = pageOf([names.serviceArn], String, input);
      return { serviceArns: page.items, nextToken: page.nextToken };
    }),
    DescribeServices: operation(describeServicesSchema, ({ cluster: name, services }) => {
      names.requireCluster(name);
      return {
        services: services.some((service) => names.isService(service)) ? [wireService(context)] : [],
        failures: services
          .filter((service) => !names.isService(service))
          .map((service) => missing(service, names.serviceArn)),
      };
    }),
    UpdateService: operation(updateServiceSchema, (input) => {
      names.requireCluster(input.cluster);
      names.requireService(input.service);
      const { desiredCount, taskDefinition, forceNewDeployment: force, deploymentConfiguration: configuration } = input;
      const revision = taskDefinition === undefined ? undefined : context.definitions.numberOf(names, taskDefinition);
      context.supervisor.update({ desiredCount, revision, force, configuration });
      return { service: wireService(context) };
    }),
  };
}

function missing(nameOrArn: string, knownArn: string) {
  const namedArn = knownArn.slice(0, knownArn.lastIndexOf('/') + 1) + nameOrArn;
  return { arn: nameOrArn.startsWith('arn:') ? nameOrArn : namedArn, reason: 'MISSING' };
}

function wireCluster(context: ServiceContext): object {
  const { runningCount, pendingCount } = counts(context);
  const { cluster, clusterArn } = context.tasks.names;
  return {
    clusterArn,
    clusterName: cluster,
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
    runningTasksCount: runningCount,
    pendingTasksCount: pendingCount,
    activeServicesCount: 1,
    capacityProviders: [],
    settings: [],
    statistics: [],
    tags: [],
  };
}

function wireService(context: ServiceContext): object {
  const { service, serviceArn, clusterArn } = context.tasks.names;
  const { deployments, configuration } = context.supervisor;
  const wanted = context.tasks.list().filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  const listed = deployments.list((id) => wanted.some(({ startedBy }) => startedBy === id));
  return {
    ...counts(context),
    launchType: 'FARGATE',
    taskDefinition: context.tasks.names.taskDefinitionArnOf(deployments.primary.revision),
    createdAt: epochSeconds(context.createdAt),
    serviceArn,
    serviceName: service,
    clusterArn,
    status: 'ACTIVE',
    schedulingStrategy: 'REPLICA',
    deploymentConfiguration: configuration,
    deployments: listed.map((deployment) => wireDeployment(context, deployment)),
    events: [],
    loadBalancers: [],
    serviceRegistries: [],
    propagateTags: 'NONE',
    enableECSManagedTags: false,
    enableExecuteCommand: false,
  };
}

function wireDeployment(context: ServiceContext, deployment: Deployment): object {
  const { revision, createdAt, updatedAt, ...rest } = deployment;
  const isPrimary = deployment === context.supervisor.deployments.primary;
  const { desiredCount, ...present } = counts(context, deployment.id);
  return {
    ...rest,
    ...present,
    desiredCount: isPrimary ? desiredCount : 0,
    status: isPrimary ? 'PRIMARY' : 'ACTIVE',
    launchType: 'FARGATE',
    taskDefinition: context.tasks.names.taskDefinitionArnOf(revision),
    createdAt: epochSeconds(createdAt),
    updatedAt: epochSeconds(updatedAt),
  };
}

/** The counts of the service, or of one deployment. A task in PROVISIONING counts as pending. */
function counts({ tasks, supervisor }: ServiceContext, deploymentId?: string) {
  const counted = tasks.list().filter(({ startedBy }) => deploymentId === undefined || startedBy === deploymentId);
  const statuses = counted.map((task) => task.lastStatus);
  return {
    desiredCount: supervisor.desiredCount,
    runningCount: statuses.filter((status) => status === 'RUNNING').length,
    pendingCount: statuses.filter((status) => status === 'PENDING' || status === 'PROVISIONING').length,
  };
}
