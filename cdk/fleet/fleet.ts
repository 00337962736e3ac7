/** The batch servers: containers of one ECS service on Fargate. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { WrongCatalog } from '#cdk/errors';
import { namesOf, SERVICE } from '#cdk/names';
import { Network } from '#cdk/network';
import type { Settings } from '#cdk/settings';
import { capacityOf, provideCapacity } from './capacity.ts';
import { ServerDefinition } from './server-definition.ts';
import { serverImage } from './server-image.ts';

type FleetProps = {
  readonly settings: Settings;
  /** By default a new one. */
  readonly vpc?: ec2.IVpc | undefined;
  /** Instead of `settings.image`, such as one from a private repository. */
  readonly image?: ecs.ContainerImage | undefined;
};

/** Cluster, task definition and service. If it may have more servers than `desiredServers`, the reaper scales it. */
export class Fleet extends Construct {
  readonly service: ecs.FargateService;
  /** The role of the handlers, for grants of an app. */
  readonly handlersRole: Role;

  constructor(scope: Construct, id: string, { settings, vpc, image }: FleetProps) {
    super(scope, id);
    const network = vpc ?? new Network(this, 'Network', settings).vpc;
    const cluster = this.#addCluster(settings, network);
    const server = new ServerDefinition(this, 'Server', { settings, image: image ?? serverImage(this, settings) });
    this.handlersRole = server.handlersRole;
    const taskDefinition = server.definition;
    this.service = this.#addService(settings, { cluster, taskDefinition, vpc: network });
    provideCapacity(cluster, this.service);
    if (isElastic(settings)) keepCount(this.service);
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

  #addService(
    settings: Settings,
    { vpc, ...placed }: { cluster: ecs.ICluster; taskDefinition: ecs.FargateTaskDefinition; vpc: ec2.IVpc },
  ): ecs.FargateService {
    const description = 'Batch servers: they call out, nothing calls them';
    const securityGroup = new ec2.SecurityGroup(this, 'Outward', { vpc, description, allowAllOutbound: true });
    const others = settings.securityGroups.map((group) =>
      ec2.SecurityGroup.fromSecurityGroupId(this, group, group, { mutable: false }),
    );
    const isPublic = vpc.privateSubnets.length === 0;
    return new ecs.FargateService(this, 'Service', {
      ...placed,
      serviceName: SERVICE,
      desiredCount: settings.desiredServers,
      capacityProviderStrategies: capacityOf(settings),
      assignPublicIp: isPublic,
      vpcSubnets: { subnetType: isPublic ? ec2.SubnetType.PUBLIC : ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [securityGroup, ...others],
      circuitBreaker: { enable: true, rollback: true },
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      // Rebalancing would stop servers only to spread them evenly over the zones.
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.DISABLED,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
    });
  }
}

/** The reaper owns the number of servers: a deployment must not reset it. */
function keepCount(service: ecs.FargateService): void {
  const { defaultChild } = service.node;
  if (!(defaultChild instanceof ecs.CfnService))
    throw new WrongCatalog('The CDK makes the ECS service of another class than CfnService.');
  defaultChild.addPropertyDeletionOverride('DesiredCount');
}

function isElastic({ desiredServers, maximumServers }: Settings): boolean {
  return maximumServers > desiredServers;
}
