/** Another app: it has Lastcall in its own stack and network, with its own issuer, image and handlers. */
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { App, Stack } from 'aws-cdk-lib/core';
import { Lastcall } from '#cdk/lastcall';

const stack = new Stack(new App(), 'theirs');
const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
  vpcId: 'vpc-theirs',
  availabilityZones: ['a', 'b'],
  privateSubnetIds: ['subnet-a', 'subnet-b'],
  privateSubnetRouteTableIds: ['routes-a', 'routes-b'],
});
new Lastcall(stack, 'Batch', {
  vpc,
  serverImage: ContainerImage.fromRegistry('theirs/batch-server:7'),
  installation: 'theirs',
  handlersFile: '/app/handlers/main.ts',
  issuer: {
    url: 'https://login.example.com',
    audience: ['batch'],
    tokenUrls: ['https://tokens.example.com/oauth2/token'],
  },
  slots: 8,
  cpu: 2048,
  memoryMiB: 13_312,
  reservedSlots: 2,
  batchGroups: ['reports', 'default'],
  desiredServers: 3,
  maximumServers: 40,
  spotPercent: 60,
  heartbeatSeconds: 5,
  drainSeconds: 600,
  stopTimeoutSeconds: 60,
  historyDays: 30,
  alarmEmail: 'operators@example.com',
});
