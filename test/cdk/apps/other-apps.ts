/** Other settings and other apps: a test stack, and Lastcall as a construct in another app. */
import { describe, expect, test } from '@jest/globals';
import { synthesisOf } from '#test/support/cdk/apps';
import { type Synthesis, synthesizeApp } from '#test/support/cdk/synthesis';

const SYNTHESIS_LIMIT_MS = 150_000;

const propertiesOf = (synthesis: Synthesis, type: string) =>
  synthesis.resources(type).map(({ properties }) => properties);

describe('a test stack', () => {
  const synthesis = synthesisOf({ context: { testStack: 'nightly' } });

  test('is a copy under another name', () => {
    expect([...synthesis.templates.keys()].sort()).toEqual(
      ['control-plane', 'fleet', 'records'].map((part) => `lastcall-nightly-${part}`),
    );
    for (const { TableName } of propertiesOf(synthesis, 'AWS::DynamoDB::Table'))
      expect(TableName).toMatch(/^lastcall-nightly-/);
  });

  test('leaves nothing behind and costs nothing for a network', () => {
    for (const text of synthesis.templates.values()) expect(text).not.toContain('"DeletionPolicy": "Retain"');
    for (const { DeletionProtectionEnabled } of propertiesOf(synthesis, 'AWS::DynamoDB::Table'))
      expect(DeletionProtectionEnabled).toBe(false);
    expect(propertiesOf(synthesis, 'AWS::Cognito::UserPool')).toMatchObject([{ DeletionProtection: 'INACTIVE' }]);
    expect(propertiesOf(synthesis, 'AWS::EC2::NatGateway')).toEqual([]);
    expect(propertiesOf(synthesis, 'AWS::ECS::Service')).toMatchObject([
      { NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } } },
    ]);
  });

  test('lets scripts sign in without a second factor', () => {
    expect(propertiesOf(synthesis, 'AWS::Cognito::UserPool')).toMatchObject([{ MfaConfiguration: 'OPTIONAL' }]);
  });
});

describe('Lastcall in the stack of another app', () => {
  const synthesis = synthesisOf({ app: 'test/support/cdk/foreign-app.ts' });

  test('is all in that stack, in its network, with its issuer and image', () => {
    expect([...synthesis.templates.keys()]).toEqual(['theirs']);
    expect(propertiesOf(synthesis, 'AWS::EC2::VPC')).toEqual([]);
    expect(propertiesOf(synthesis, 'AWS::Cognito::UserPool')).toEqual([]);
    expect(propertiesOf(synthesis, 'AWS::ApiGatewayV2::Authorizer')).toMatchObject([
      { JwtConfiguration: { Issuer: 'https://login.example.com', Audience: ['batch'] } },
    ]);
    expect(propertiesOf(synthesis, 'AWS::ECS::TaskDefinition')).toMatchObject([
      { ContainerDefinitions: [{ Image: 'theirs/batch-server:7', StopTimeout: 60 }] },
    ]);
  });

  test('has a console that may ask their issuer for tokens, and no other', () => {
    const [policy] = propertiesOf(synthesis, 'AWS::CloudFront::ResponseHeadersPolicy');
    expect(JSON.stringify(policy)).toContain(
      "connect-src 'self' https://login.example.com https://tokens.example.com\"",
    );
  });

  test('has a fleet that the reaper scales; no deployment resets its number', () => {
    expect(propertiesOf(synthesis, 'AWS::ECS::Service')[0]?.DesiredCount).toBeUndefined();
    const reap = propertiesOf(synthesis, 'AWS::Lambda::Function').find(({ Handler }) => Handler === 'reap.handler');
    expect(reap?.Environment).toMatchObject({ Variables: { LASTCALL_MIN_SERVERS: '3', LASTCALL_MAX_SERVERS: '40' } });
  });

  test('has some of its servers on Spot, which its cluster offers before the service asks for it', () => {
    const [service] = synthesis.resources('AWS::ECS::Service');
    expect(service?.properties.CapacityProviderStrategy).toEqual([
      { CapacityProvider: 'FARGATE', Weight: 40 },
      { CapacityProvider: 'FARGATE_SPOT', Weight: 60 },
    ]);
    const [offer] = synthesis.resources('AWS::ECS::ClusterCapacityProviderAssociations');
    expect(offer?.properties.CapacityProviders).toEqual(['FARGATE', 'FARGATE_SPOT']);
    expect(service?.dependsOn).toContain(offer?.id);
  });

  test('has servers that never sleep, and an alarm if there are too few', () => {
    for (const { Environment, FunctionName } of propertiesOf(synthesis, 'AWS::Lambda::Function'))
      if (FunctionName !== undefined) expect(Environment).toMatchObject({ Variables: { LASTCALL_WAKE_SERVERS: '0' } });
    const names = propertiesOf(synthesis, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName);
    expect(names).toContain('theirs-FewServers');
    expect(names).not.toContain('theirs-UnservedTasks');
  });

  test('has its reaper called every 15 seconds at a heartbeat of 5, and sends alarms by mail', () => {
    const delays = propertiesOf(synthesis, 'AWS::SQS::Queue').map(({ DelaySeconds }) => DelaySeconds);
    expect(delays.filter((delay) => delay !== undefined).sort()).toEqual([15, 30, 45]);
    expect(propertiesOf(synthesis, 'AWS::SNS::Subscription')).toMatchObject([{ Endpoint: 'operators@example.com' }]);
  });
});

test(
  'an app that breaks a rule of AwsSolutions cannot be synthesized',
  async () => {
    await expect(synthesizeApp({ app: 'test/support/cdk/unruly-app.ts' })).rejects.toThrow(/AwsSolutions-SQS4/);
  },
  SYNTHESIS_LIMIT_MS,
);

test(
  'all wrong settings are named, and nothing is synthesized',
  async () => {
    const context = { lastcall: { slots: 0, drainSecs: 5 } };
    await expect(synthesizeApp({ context })).rejects.toThrow(/"drainSecs"[\s\S]*slots|slots[\s\S]*"drainSecs"/);
  },
  SYNTHESIS_LIMIT_MS,
);

describe('the test for an account', () => {
  const synthesis = synthesisOf({ app: 'test/integ/cancel-job.ts' });

  test('can be synthesized, with another stack for its assertions', () => {
    const names = [...synthesis.templates.keys()].sort();
    expect(names).toEqual([expect.stringMatching(/DeployAssert/), 'lastcall-integ']);
  });
});
