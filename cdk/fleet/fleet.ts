/** The batch servers: containers of one ECS service on Fargate. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Duration, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { serverEnvironment } from '#cdk/environment';
import { WrongCatalog } from '#cdk/errors';
import { workflowNames } from '#cdk/functions/workflows';
import { logGroup } from '#cdk/log-group';
import { arnsOf, namesOf, SERVICE } from '#cdk/names';
import { Network } from '#cdk/network';
import { acknowledgeTouches, acknowledgeWildcard, statementsFor } from '#cdk/permissions';
import type { Settings } from '#cdk/settings';
import { SERVER_CONTAINER } from '#domain/servers/server';
import { SERVER_TOUCHES } from '#functions/catalog/catalog';
import { scaleWithBacklog } from './backlog-scaling.ts';
import { capacityOf, provideCapacity } from './capacity.ts';
import { serverImage } from './server-image.ts';

type FleetProps = {
  readonly settings: Settings;
  /** By default a new one. */
  readonly vpc?: ec2.IVpc | undefined;
  /** Instead of `settings.image`, such as one from a private repository. */
  readonly image?: ecs.ContainerImage | undefined;
};

/** Cluster, task definition and service; with more `maximumServers` than desired ones, also the scaling. */
export class Fleet extends Construct {
  readonly service: ecs.FargateService;

  constructor(scope: Construct, id: string, { settings, vpc, image = serverImage(settings) }: FleetProps) {
    super(scope, id);
    const network = vpc ?? new Network(this, 'Network', settings).vpc;
    const cluster = this.#addCluster(settings, network);
    const taskDefinition = this.#addTaskDefinition(settings, image);
    this.service = this.#addService(settings, { cluster, taskDefinition, vpc: network });
    provideCapacity(cluster, this.service);
    if (!isElastic(settings)) return;
    scaleWithBacklog(this.service, settings);
    keepCount(this.service);
  }

  #addCluster(settings: Settings, vpc: ec2.IVpc): ecs.ICluster {
    const { ENABLED, DISABLED } = ecs.ContainerInsights;
    const cluster = new ecs.Cluster(this, 'Cluster', {
      clusterName: namesOf(settings).cluster,
      vpc,
      containerInsightsV2: settings.containerInsights ? ENABLED : DISABLED,
    });
    if (!settings.containerInsights)
      Validations.of(cluster).acknowledge({
        id: 'AwsSolutions-ECS4',
        reason:
          'The reaper publishes what operators need; Container Insights costs by metric, and a setting turns it on.',
      });
    // @ts-expect-error The CDK's class does not fit its own interface under exactOptionalPropertyTypes.
    return cluster;
  }

  #addTaskDefinition(settings: Settings, image: ecs.ContainerImage): ecs.FargateTaskDefinition {
    const names = namesOf(settings);
    const definition = new ecs.FargateTaskDefinition(this, 'Server', {
      family: names.function(SERVICE),
      cpu: settings.cpu,
      memoryLimitMiB: settings.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    const linuxParameters = new ecs.LinuxParameters(this, 'Init', { initProcessEnabled: true });
    const log = logGroup(this, 'Log', { name: `/ecs/${names.function(SERVICE)}`, settings });
    definition.addContainer(SERVER_CONTAINER, {
      image,
      environment: serverEnvironment(settings, names),
      // PID 1 is an init: it passes SIGTERM on and reaps the processes that handlers leave.
      linuxParameters,
      stopTimeout: Duration.seconds(settings.stopTimeoutSeconds),
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'server', logGroup: log }),
    });
    this.#allow(definition, settings);
    return definition;
  }

  #allow(definition: ecs.FargateTaskDefinition, settings: Settings): void {
    const names = namesOf(settings);
    const setup = { arns: arnsOf(this, names), workflows: workflowNames() };
    for (const statement of statementsFor(SERVER_TOUCHES, setup)) definition.addToTaskRolePolicy(statement);
    acknowledgeTouches(definition, SERVER_TOUCHES, setup);
    acknowledgeWildcard(definition, 'Resource::*', 'Only ecr:GetAuthorizationToken, which has no resources.');
    Validations.of(definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables are settings; none is a secret.',
    });
  }

  #addService(
    settings: Settings,
    { vpc, ...placed }: { cluster: ecs.ICluster; taskDefinition: ecs.FargateTaskDefinition; vpc: ec2.IVpc },
  ): ecs.FargateService {
    const description = 'Batch servers: they call out, nothing calls them';
    const securityGroup = new ec2.SecurityGroup(this, 'Outward', { vpc, description, allowAllOutbound: true });
    const isPublic = vpc.privateSubnets.length === 0;
    return new ecs.FargateService(this, 'Service', {
      ...placed,
      serviceName: SERVICE,
      desiredCount: settings.desiredServers,
      capacityProviderStrategies: capacityOf(settings),
      assignPublicIp: isPublic,
      vpcSubnets: { subnetType: isPublic ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [securityGroup],
      circuitBreaker: { enable: true, rollback: true },
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      // Rebalancing would stop servers only to spread them evenly over the zones.
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
    });
  }
}

/** Scaling owns the number of servers: a deployment must not reset it. */
function keepCount(service: ecs.FargateService): void {
  const { defaultChild } = service.node;
  if (!(defaultChild instanceof ecs.CfnService))
    throw new WrongCatalog('The CDK makes the ECS service of another class than CfnService.');
  defaultChild.addPropertyDeletionOverride('DesiredCount');
}

function isElastic({ desiredServers, maximumServers }: Settings): boolean {
  return maximumServers > desiredServers;
}
