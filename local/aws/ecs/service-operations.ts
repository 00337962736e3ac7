import { z } from 'zod';
import { DEPLOYMENT_ID, epochSeconds } from '#local/aws/ecs/containers/container-task';
import type { Supervisor } from '#local/aws/ecs/containers/supervisor';
import { type Operations, operation } from '#local/aws/wire/aws-json';
import { pageOf } from '#local/aws/wire/pages';
import { MAX_DESCRIBED_CLUSTERS, MAX_DESCRIBED_SERVICES, MAX_DESIRED_COUNT } from './limits.ts';
import { clusterSchema, includeSchema, pageFields } from './references.ts';
import type { ContainerTasks } from './tasks.ts';

type ServiceContext = {
  readonly tasks: ContainerTasks;
  readonly supervisor: Supervisor;
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
  desiredCount: z.int().min(0).max(MAX_DESIRED_COUNT),
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
      context.supervisor.setDesiredCount(input.desiredCount);
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
  const createdAt = epochSeconds(context.createdAt);
  const { service, serviceArn, clusterArn, taskDefinitionArn } = context.tasks.names;
  const shared = { ...counts(context), launchType: 'FARGATE', taskDefinition: taskDefinitionArn, createdAt };
  return {
    ...shared,
    serviceArn,
    serviceName: service,
    clusterArn,
    status: 'ACTIVE',
    schedulingStrategy: 'REPLICA',
    deployments: [{ ...shared, id: DEPLOYMENT_ID, status: 'PRIMARY', rolloutState: 'COMPLETED', updatedAt: createdAt }],
    events: [],
    loadBalancers: [],
    serviceRegistries: [],
    propagateTags: 'NONE',
    enableECSManagedTags: false,
    enableExecuteCommand: false,
  };
}

function counts({ tasks, supervisor }: ServiceContext) {
  const statuses = tasks.list().map((task) => task.lastStatus);
  return {
    desiredCount: supervisor.desiredCount,
    runningCount: statuses.filter((status) => status === 'RUNNING').length,
    pendingCount: statuses.filter((status) => status === 'PENDING').length,
  };
}
