/** What `cdk synth` makes is what the catalog, the schema and the workflows say. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import aslValidator from 'asl-validator';
import { z } from 'zod';
import { SIGN_IN_REDIRECTS } from '#domain/names';
import { ROLES } from '#domain/roles';
import { HEARTBEAT_FILE } from '#domain/servers/server';
import { CATALOG, type CatalogEntry } from '#functions/catalog/catalog';
import { readWorkflows } from '#statemachines/definitions';
import { type IndexSchema, TABLES, type TableSchema } from '#store/schema';
import { bundleBytes } from '#test/support/cdk/bundles';
import { idleCost } from '#test/support/cdk/idle-cost';
import { ACCOUNT, REGION, type Resource, type Synthesis, synthesizeByCommand } from '#test/support/cdk/synthesis';

const MAX_SYNTHESIS_SECONDS = 60;
const MAX_BUNDLE_BYTES = 1_000_000;
const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:lastcall-`;

let synthesis: Synthesis;
beforeAll(async () => {
  synthesis = await synthesizeByCommand();
}, 150_000);

const one = (type: string): Resource => {
  const [found, ...others] = synthesis.resources(type);
  if (!found || others.length > 0) throw new Error(`There are ${others.length + (found ? 1 : 0)} of ${type}.`);
  return found;
};
const named = (type: string, property: string, name: string) => {
  const found = synthesis.resources(type).find(({ properties }) => properties[property] === name);
  if (!found) throw new Error(`There is no ${type} whose ${property} is ${name}.`);
  return found.properties;
};
const idsIn = (type: string) => new Map(synthesis.resources(type).map(({ id, properties }) => [id, properties]));

describe('the synthesis', () => {
  test('needs no account, no credentials, no Docker and less than a minute', () => {
    console.info(`cdk synth took ${synthesis.seconds.toFixed(1)} s of processor time`);
    expect(synthesis.seconds).toBeGreaterThan(1);
    expect(synthesis.seconds).toBeLessThan(MAX_SYNTHESIS_SECONDS);
    expect([...synthesis.templates.keys()].sort()).toEqual([
      'lastcall-control-plane',
      'lastcall-fleet',
      'lastcall-records',
    ]);
  });

  test('writes no account, region, secret or path of this machine into a template', () => {
    for (const text of synthesis.templates.values()) {
      // Hashes of assets are hexadecimal, and may hold twelve digits in a row.
      const plain = text.replaceAll(/[0-9a-f]{64}/g, '');
      expect(plain).not.toMatch(/\b\d{12}\b/);
      expect(plain).not.toMatch(/\b(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d\b/);
      expect(plain).not.toMatch(/AKIA|SecretString|BEGIN [A-Z ]*KEY/);
      expect(plain).not.toContain(process.cwd());
    }
  });
});

const functionEnvironmentOf = (name: string) =>
  z
    .object({ Variables: z.record(z.string(), z.string()) })
    .parse(named('AWS::Lambda::Function', 'FunctionName', `lastcall-${name}`).Environment).Variables;

describe('the records', () => {
  test.each(Object.values(TABLES))(
    'the table $name has the keys, indexes and expiry of the schema',
    (schema: TableSchema) => {
      const table = named('AWS::DynamoDB::Table', 'TableName', `lastcall-${schema.name}`);
      const indexes = (kind: IndexSchema['kind']) => schema.indexes.filter((index) => index.kind === kind).map(indexOf);
      expect(table).toMatchObject({
        KeySchema: keysOf(schema),
        BillingMode: 'PAY_PER_REQUEST',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
        SSESpecification: { SSEEnabled: true },
      });
      expect(table.LocalSecondaryIndexes ?? []).toEqual(indexes('local'));
      expect(table.GlobalSecondaryIndexes ?? []).toEqual(indexes('global'));
      expect(table.TimeToLiveSpecification).toEqual(
        schema.expiry === undefined ? undefined : { AttributeName: schema.expiry, Enabled: true },
      );
    },
  );

  test('there is no other table than those of the schema', () => {
    expect(synthesis.resources('AWS::DynamoDB::Table')).toHaveLength(Object.keys(TABLES).length);
  });
});

describe('the functions', () => {
  test.each(CATALOG)(
    '$name is one of Node 24 on ARM, traced if anything but time calls it, with its own log',
    (entry) => {
      const found = named('AWS::Lambda::Function', 'FunctionName', `lastcall-${entry.name}`);
      expect(found).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: `${entry.name}.handler`,
        Timeout: entry.timeoutSeconds,
        MemorySize: entry.memoryMb,
        ...('schedule' in entry.calledBy ? {} : { TracingConfig: { Mode: 'Active' } }),
        LoggingConfig: { LogGroup: `/aws/lambda/lastcall-${entry.name}` },
      });
      expect(named('AWS::Logs::LogGroup', 'LogGroupName', `/aws/lambda/lastcall-${entry.name}`).RetentionInDays).toBe(
        90,
      );
    },
  );

  test('those that settle servers have concurrency of their own, which no other work can take', () => {
    const reserved = synthesis
      .resources('AWS::Lambda::Function')
      .filter(({ properties }) => properties.ReservedConcurrentExecutions !== undefined)
      .map(({ properties }) => [properties.FunctionName, properties.ReservedConcurrentExecutions]);
    const expected = CATALOG.flatMap(({ name, reservedConcurrency }) =>
      reservedConcurrency === undefined ? [] : [[`lastcall-${name}`, reservedConcurrency]],
    );
    expect(reserved.sort()).toEqual(expected.sort());
    expect(expected.map(([name]) => name)).toEqual(
      expect.arrayContaining(['reap', 'prove-stop', 'settle-server'].map((name) => `lastcall-${name}`)),
    );
  });

  test('there is no other function than those of the catalog, and two that fill and empty the bucket of the console', () => {
    const others = synthesis.resources('AWS::Lambda::Function').filter(({ properties }) => !properties.FunctionName);
    expect(others).toHaveLength(2);
    expect(synthesis.resources('AWS::Lambda::Function')).toHaveLength(CATALOG.length + 2);
  });

  test('each loads less than 1 MB', () => {
    const sizes = bundleBytes(synthesis);
    expect([...sizes.keys()].sort()).toEqual(CATALOG.map(({ name }) => name).sort());
    const report = [...sizes].map(([name, bytes]) => `${name} ${Math.ceil(bytes / 1000)} kB`).join(', ');
    console.info(`Minified: ${report}`);
    for (const [name, bytes] of sizes) expect([name, bytes > 1000 && bytes < MAX_BUNDLE_BYTES]).toEqual([name, true]);
  });
});

describe('the API', () => {
  test('has the routes of the catalog, and each asks for a token unless it is public', () => {
    const integrations = idsIn('AWS::ApiGatewayV2::Integration');
    const routes = synthesis.resources('AWS::ApiGatewayV2::Route').map(({ properties }) => {
      const id = String(properties.Target).replace('integrations/', '');
      return [properties.RouteKey, properties.AuthorizationType, integrations.get(id)?.IntegrationUri];
    });
    const expected = CATALOG.flatMap(({ name, calledBy }) =>
      'route' in calledBy ? [[calledBy.route, calledBy.role === 'public' ? 'NONE' : 'JWT', FUNCTION_ARN + name]] : [],
    );
    expect(routes.sort()).toEqual(expected.sort());
  });

  test('accepts tokens of the pool only, and logs each request', () => {
    const clients = [...idsIn('AWS::Cognito::UserPoolClient').keys()];
    expect(clients).toHaveLength(3);
    expect(one('AWS::ApiGatewayV2::Authorizer').properties).toMatchObject({
      AuthorizerType: 'JWT',
      JwtConfiguration: {
        Audience: expect.arrayContaining(clients),
        Issuer: `${one('AWS::Cognito::UserPool').id}.ProviderURL`,
      },
    });
    expect(one('AWS::ApiGatewayV2::Stage').properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      AccessLogSettings: { Format: expect.stringContaining('$context.authorizer.claims.sub') },
    });
  });

  test('people sign in at the pool by a code, with a client each for the command line and the console', () => {
    const clients = new Map(
      [...idsIn('AWS::Cognito::UserPoolClient')].map(([id, client]) => [String(client.ClientName), { id, client }]),
    );
    const styled = synthesis
      .resources('AWS::Cognito::ManagedLoginBranding')
      .map(({ properties }) => properties.ClientId);
    const redirects = {
      cli: SIGN_IN_REDIRECTS,
      console: [expect.stringMatching(/\/console\/$/)],
    };
    for (const [name, CallbackURLs] of Object.entries(redirects)) {
      const { id, client = {} } = clients.get(name) ?? {};
      expect(client).toMatchObject({
        CallbackURLs,
        GenerateSecret: false,
        AllowedOAuthFlows: ['code'],
        AllowedOAuthScopes: ['openid', 'profile', 'email'],
        RefreshTokenRotation: { Feature: 'ENABLED' },
      });
      // Cognito refuses this flow where refresh tokens rotate.
      expect(JSON.stringify(client.ExplicitAuthFlows ?? [])).not.toContain('REFRESH_TOKEN');
      expect(styled).toContain(id);
      expect(functionEnvironmentOf('get-console-config').LASTCALL_CONSOLE).toContain(id);
    }
    expect(one('AWS::Cognito::UserPoolDomain').properties).toMatchObject({ ManagedLoginVersion: 2 });
  });

  test('the pool has a group for each role, no self-service, and a second factor', () => {
    const groups = synthesis.resources('AWS::Cognito::UserPoolGroup').map(({ properties }) => properties.GroupName);
    expect(groups.sort()).toEqual([...ROLES].sort());
    expect(one('AWS::Cognito::UserPool').properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      DeletionProtection: 'ACTIVE',
    });
  });
});

describe('the workflows', () => {
  const expected = readWorkflows({
    catalog: CATALOG,
    arnOf: (name) => FUNCTION_ARN + name,
    drainSeconds: 900,
    heartbeatSeconds: 10,
  });

  test.each(expected)(
    '$name is the file, with its placeholders filled in as on the local host',
    ({ name, definition }) => {
      const workflow = named('AWS::StepFunctions::StateMachine', 'StateMachineName', `lastcall-${name}`);
      expect(workflow.DefinitionString).toBe(definition);
      expect(aslValidator(JSON.parse(String(workflow.DefinitionString)))).toMatchObject({ isValid: true });
      expect(workflow).toMatchObject({
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      });
    },
  );

  test('each step of the catalog is in one, and there is no other workflow', () => {
    const steps = CATALOG.filter(({ calledBy }) => 'step' in calledBy);
    const text = expected.map(({ definition }) => definition).join();
    expect(steps.filter(({ name }) => !text.includes(FUNCTION_ARN + name))).toEqual([]);
    expect(synthesis.resources('AWS::StepFunctions::StateMachine')).toHaveLength(expected.length);
  });
});

describe('the events', () => {
  const rulesOf = (detailType: string) =>
    synthesis
      .resources('AWS::Events::Rule')
      .filter(({ properties }) => JSON.stringify(properties.EventPattern)?.includes(detailType));
  const targetsOf = ({ properties }: Resource) => z.array(z.looseObject({ Arn: z.string() })).parse(properties.Targets);

  test('the event of a stopped container calls the functions of the catalog', () => {
    const [rule] = rulesOf('ECS Task State Change');
    expect(rule?.properties.EventPattern).toEqual({
      source: ['aws.ecs'],
      'detail-type': ['ECS Task State Change'],
      detail: { clusterArn: [`arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/lastcall`], lastStatus: ['STOPPED'] },
    });
    const called = CATALOG.filter(({ calledBy }) => 'event' in calledBy).map(({ name }) => FUNCTION_ARN + name);
    expect(rule && targetsOf(rule)).toEqual([
      expect.objectContaining({ Arn: called[0], DeadLetterConfig: { Arn: expect.any(String) } }),
    ]);
  });

  test('operators hear of a failed deployment, and of containers that AWS retires', () => {
    const [failed, retired] = [...rulesOf('ECS Deployment State Change'), ...rulesOf('AWS Health Event')];
    expect(failed?.properties.EventPattern).toEqual({
      source: ['aws.ecs'],
      'detail-type': ['ECS Deployment State Change'],
      resources: [`arn:aws:ecs:${REGION}:${ACCOUNT}:service/lastcall/batch-server`],
      detail: { eventName: ['SERVICE_DEPLOYMENT_FAILED'] },
    });
    expect(retired?.properties.EventPattern).toMatchObject({ source: ['aws.health'], detail: { service: ['ECS'] } });
    const topic = one('AWS::SNS::Topic').properties.TopicName;
    for (const rule of [failed, retired]) expect(rule && targetsOf(rule).map(({ Arn }) => Arn)).toEqual([topic]);
    expect(JSON.stringify(one('AWS::SNS::TopicPolicy').properties)).toContain('events.amazonaws.com');
  });

  test('the reaper is called each minute, and by a message half a minute later', () => {
    const [rule] = synthesis.resources('AWS::Events::Rule').filter(({ properties }) => properties.ScheduleExpression);
    expect(rule?.properties.ScheduleExpression).toBe('rate(1 minute)');
    const delays = synthesis.resources('AWS::SQS::Queue').filter(({ properties }) => properties.DelaySeconds);
    expect(delays.map(({ properties }) => properties.DelaySeconds)).toEqual([30]);
    expect(rule && targetsOf(rule).map(({ Arn }) => Arn)).toEqual([`${FUNCTION_ARN}reap`, `${delays[0]?.id}.Arn`]);
    expect(one('AWS::Lambda::EventSourceMapping').properties).toMatchObject({
      EventSourceArn: `${delays[0]?.id}.Arn`,
      FunctionName: 'lastcall-reap',
    });
  });

  test('an event without a waiting caller goes to the dead letters if it fails for good', () => {
    const waitedFor = ({ calledBy }: CatalogEntry) => 'route' in calledBy || 'step' in calledBy;
    for (const entry of CATALOG) {
      const { DeadLetterConfig } = named('AWS::Lambda::Function', 'FunctionName', `lastcall-${entry.name}`);
      expect([entry.name, DeadLetterConfig !== undefined]).toEqual([entry.name, !waitedFor(entry)]);
    }
  });
});

test('each alarm says what to do and goes to the topic; operators have those that they need', () => {
  const topic = one('AWS::SNS::Topic').id;
  const alarms = synthesis.resources('AWS::CloudWatch::Alarm').filter(({ properties }) => properties.AlarmName);
  for (const { properties } of alarms) {
    expect(properties.AlarmDescription).toMatch(/^.{20,}\.$/);
    expect(JSON.stringify(properties.AlarmActions)).toContain(one('AWS::SNS::Topic').properties.TopicName ?? topic);
  }
  expect(alarms.map(({ properties }) => properties.AlarmName)).toEqual(
    expect.arrayContaining(
      [
        'StuckCancelling',
        'FailedAborts',
        'DrainDeadlines',
        'LostServers',
        'ServersHeldBack',
        'UnservedTasks',
        'ProtectionRefused',
        'RepeatedExits',
        'FunctionThrottles',
        'Undelivered',
      ].map((name) => `lastcall-${name}`),
    ),
  );
  expect(one('AWS::CloudWatch::Dashboard').properties.DashboardName).toBe('lastcall');
});

test.each(
  Object.entries<TableSchema>(TABLES).flatMap(([table, { name, indexes }]) =>
    indexes.filter(({ kind }) => kind === 'global').map((index) => [table, index.name, name] as const),
  ),
)('an alarm sees that the index %s/%s is throttled', (table, index, name) => {
  expect(named('AWS::CloudWatch::Alarm', 'AlarmName', `lastcall-Throttles-${table}-${index}`)).toMatchObject({
    MetricName: 'WriteThrottleEvents',
    Dimensions: [
      { Name: 'GlobalSecondaryIndexName', Value: index },
      { Name: 'TableName', Value: `lastcall-${name}` },
    ],
  });
});

describe('the fleet', () => {
  const definitionSchema = z.looseObject({ ContainerDefinitions: z.tuple([z.looseObject({})]) });

  test('a server has an init as PID 1, the longest time to stop that Fargate has, and a log', () => {
    const { ContainerDefinitions, ...definition } = definitionSchema.parse(one('AWS::ECS::TaskDefinition').properties);
    expect(definition).toMatchObject({
      RequiresCompatibilities: ['FARGATE'],
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
      Cpu: '1024',
      Memory: '7168',
    });
    expect(ContainerDefinitions[0]).toMatchObject({
      StopTimeout: 120,
      LinuxParameters: { InitProcessEnabled: true },
      LogConfiguration: { LogDriver: 'awslogs', Options: { 'awslogs-group': '/ecs/lastcall-batch-server' } },
    });
  });

  test('a server that has not beaten for minutes is unhealthy: the age of its file says so', () => {
    const { ContainerDefinitions } = definitionSchema.parse(one('AWS::ECS::TaskDefinition').properties);
    const HealthCheck = z.looseObject({ Command: z.tuple([z.string(), z.string()]) });
    const check = HealthCheck.parse(ContainerDefinitions[0].HealthCheck);
    expect(check).toMatchObject({ Interval: 30, Timeout: 10, Retries: 3, StartPeriod: 120 });
    const folder = mkdtempSync(join(tmpdir(), 'health-'));
    const isHealthy = () =>
      spawnSync('sh', ['-c', check.Command[1]], { env: { ...process.env, TMPDIR: folder } }).status === 0;
    expect(isHealthy()).toBe(false);
    writeFileSync(join(folder, HEARTBEAT_FILE), '');
    expect(isHealthy()).toBe(true);
    const minutesAgo = Date.now() / 1000 - 150;
    utimesSync(join(folder, HEARTBEAT_FILE), minutesAgo, minutesAgo);
    expect(isHealthy()).toBe(false);
    rmSync(folder, { recursive: true });
  });

  test('a failed deployment is rolled back, and no server is removed before its successor runs', () => {
    expect(one('AWS::ECS::Service').properties).toMatchObject({
      ServiceName: 'batch-server',
      DeploymentConfiguration: {
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
      },
      AvailabilityZoneRebalancing: 'DISABLED',
    });
  });

  test('no server runs at rest, and none needs a NAT gateway', () => {
    const { DesiredCount, ...service } = one('AWS::ECS::Service').properties;
    expect(DesiredCount).toBeUndefined();
    expect(service).toMatchObject({
      CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 100 }],
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' } },
    });
    expect(synthesis.resources('AWS::EC2::NatGateway')).toEqual([]);
    const { Environment } = named('AWS::Lambda::Function', 'FunctionName', 'lastcall-submit-job');
    expect(Environment).toMatchObject({
      Variables: { LASTCALL_WAKE_SERVERS: '4', LASTCALL_MIN_SERVERS: '0', LASTCALL_MAX_SERVERS: '4' },
    });
  });

  test('an installation at rest costs less than 10 dollars a month by list price', () => {
    const { counts, dollars } = idleCost(synthesis);
    console.info(`At rest ${dollars.toFixed(2)} dollars a month: ${JSON.stringify(counts)}`);
    expect(counts['alarmed metrics']).toBeGreaterThan(20);
    expect(dollars).toBeLessThan(10);
  });

  test('nothing can call a server', () => {
    expect(one('AWS::EC2::SecurityGroup').properties.SecurityGroupIngress).toBeUndefined();
    expect(synthesis.resources('AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });
});

function keysOf({ partitionKey, sortKey }: { partitionKey: string; sortKey?: string }) {
  const partition = { AttributeName: partitionKey, KeyType: 'HASH' };
  return sortKey === undefined ? [partition] : [partition, { AttributeName: sortKey, KeyType: 'RANGE' }];
}

function indexOf({ name, includes, ...keys }: IndexSchema) {
  const Projection =
    includes === undefined
      ? { ProjectionType: 'KEYS_ONLY' }
      : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...includes] };
  return { IndexName: name, KeySchema: keysOf(keys), Projection };
}
