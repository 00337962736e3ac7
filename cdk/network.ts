/** The network of the servers, unless the app has one. Nothing can reach the servers: they only call out. */
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { logGroup } from './log-group.ts';
import { namesOf } from './names.ts';
import type { Settings } from './settings.ts';

const ZONES = 2;

/** A VPC over two zones, with its flow log and an endpoint of DynamoDB. */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    const { natGateways } = settings;
    const { PUBLIC, PRIVATE_WITH_EGRESS } = ec2.SubnetType;
    const subnets = natGateways === 0 ? [PUBLIC] : [PUBLIC, PRIVATE_WITH_EGRESS];
    const log = logGroup(this, 'FlowLog', { name: `/aws/vpc/${namesOf(settings).installation}`, settings });
    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: ZONES,
      // The CDK would bring a function of its own for this, and nothing uses the default security group.
      restrictDefaultSecurityGroup: false,
      natGateways,
      subnetConfiguration: subnets.map((subnetType) => ({ name: subnetType, subnetType })),
      flowLogs: {
        Rejected: {
          destination: ec2.FlowLogDestination.toCloudWatchLogs(log),
          trafficType: ec2.FlowLogTrafficType.REJECT,
        },
      },
    });
    // Without it the NAT gateway would charge for each request to DynamoDB.
    vpc.addGatewayEndpoint('Records', { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB });
    // @ts-expect-error The CDK's class does not fit its own interface under exactOptionalPropertyTypes.
    this.vpc = vpc;
  }
}
