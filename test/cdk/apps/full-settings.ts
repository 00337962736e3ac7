/** An installation with every setting that the default one leaves out. */
import { describe, expect, test } from '@jest/globals';
import { CATALOG } from '#functions/catalog/catalog';
import { synthesisOf } from '#test/support/cdk/apps';

const SETTINGS = {
  installation: 'full',
  roles: { 'Ops Team': 'BatchJobManager', Everyone: 'Reader' },
  rolesClaims: ['groups'],
  machines: [
    { name: 'ci', role: 'BatchUser' },
    { name: 'watch-dog', role: 'Reader' },
  ],
  image:
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com/batch/server@sha256:0000000000000000000000000000000000000000000000000000000000000000',
  handlersFile: '/app/handlers/main.ts',
  handlerEnvironment: { STAGE: 'production' },
  handlerSecrets: { DB_PASSWORD: { secret: 'prod/db', field: 'password' }, API_KEY: { parameter: '/prod/key' } },
  handlerPermissions: [{ actions: ['s3:GetObject', 's3:List*'], resources: ['arn:aws:s3:::reports/*'] }],
  hotKeys: true,
  console: false,
  securityGroups: ['sg-0123456789abcdef0'],
};

const synthesis = synthesisOf({ context: { lastcall: SETTINGS } });

const propertiesOf = (type: string) => synthesis.resources(type).map(({ properties }) => properties);

describe('programs that call the API', () => {
  test('each have a client with a secret, and the scope of one role', () => {
    const machines = propertiesOf('AWS::Cognito::UserPoolClient').filter(({ GenerateSecret }) => GenerateSecret);
    expect(machines).toMatchObject([
      {
        ClientName: 'ci',
        AllowedOAuthFlows: ['client_credentials'],
        AllowedOAuthScopes: [expect.stringMatching(/\/BatchUser$/)],
      },
      { ClientName: 'watch-dog', AllowedOAuthScopes: [expect.stringMatching(/\/Reader$/)] },
    ]);
    for (const { ExplicitAuthFlows = [] } of machines)
      expect(JSON.stringify(ExplicitAuthFlows)).not.toMatch(/PASSWORD|SRP/);
  });

  test('are accepted by the gateway, beside the users', () => {
    const clients = synthesis.resources('AWS::Cognito::UserPoolClient').map(({ id }) => id);
    expect(clients).toHaveLength(5);
    const [authorizer] = propertiesOf('AWS::ApiGatewayV2::Authorizer');
    expect(authorizer).toMatchObject({ JwtConfiguration: { Audience: expect.arrayContaining(clients) } });
  });

  test('find where they get their tokens among the addresses of the installation', () => {
    const names = propertiesOf('AWS::SSM::Parameter').map(({ Name }) => Name);
    expect(names).toEqual(expect.arrayContaining(['/full/token-url', '/full/machine/ci', '/full/machine/watch-dog']));
    expect(propertiesOf('AWS::Cognito::UserPoolDomain')).toMatchObject([{ Domain: 'full-000000000000' }]);
  });
});

describe("handlers of one's own", () => {
  const policiesOf = (role: string) =>
    JSON.stringify(propertiesOf('AWS::IAM::Policy').filter(({ Roles }) => JSON.stringify(Roles).includes(role)));
  const containerOf = () =>
    JSON.parse(JSON.stringify(propertiesOf('AWS::ECS::TaskDefinition')[0])).ContainerDefinitions[0];

  test('are in an image from a private repository, which ECS may pull', () => {
    expect(containerOf().Image).toBe(SETTINGS.image);
    const pulling = policiesOf('ExecutionRole');
    expect(pulling).toContain('ecr:BatchGetImage');
    expect(pulling).toContain('arn:aws:ecr:eu-west-1:123456789012:repository/batch/server');
  });

  test('have their variables, and secrets that ECS reads, not the handlers', () => {
    expect(containerOf().Environment).toContainEqual({ Name: 'STAGE', Value: 'production' });
    expect(containerOf().Secrets).toMatchObject([
      { Name: 'DB_PASSWORD', ValueFrom: expect.stringMatching(/:secret:prod\/db:password::$/) },
      { Name: 'API_KEY', ValueFrom: expect.stringMatching(/parameter\/prod\/key$/) },
    ]);
    expect(policiesOf('ExecutionRole')).toMatch(/secretsmanager:GetSecretValue.*ssm:GetParameters/);
    expect(policiesOf('Handlers')).not.toMatch(/secretsmanager|ssm/);
  });

  test('may do what the settings say, with a role of their own, and nothing on the tables', () => {
    const own = policiesOf('Handlers');
    expect(own).toContain('arn:aws:s3:::reports/*');
    expect(own).not.toContain('dynamodb');
    expect(policiesOf('TaskRole')).not.toContain('s3:');
  });

  test('reach what lets only a certain security group in', () => {
    const [service] = propertiesOf('AWS::ECS::Service');
    expect(JSON.stringify(service?.NetworkConfiguration)).toContain('sg-0123456789abcdef0');
  });
});

test('the keys that are throttled are named, of tables and of their global indexes', () => {
  const throttled = { Enabled: true, Mode: 'THROTTLED_KEYS' };
  for (const { ContributorInsightsSpecification, GlobalSecondaryIndexes } of propertiesOf('AWS::DynamoDB::Table')) {
    expect(ContributorInsightsSpecification).toEqual(throttled);
    for (const index of [GlobalSecondaryIndexes ?? []].flat())
      expect(index).toMatchObject({ ContributorInsightsSpecification: throttled });
  }
});

test('the console can be left out: then nothing of it is there', () => {
  for (const type of ['AWS::CloudFront::Distribution', 'AWS::S3::Bucket', 'Custom::CDKBucketDeployment'])
    expect(propertiesOf(type)).toEqual([]);
  const names = propertiesOf('AWS::SSM::Parameter').map(({ Name }) => Name);
  expect(names).not.toContain('/full/console-url');
});

test('functions know the names that stand for roles: those of the settings, and the scopes of the programs', () => {
  const functions = propertiesOf('AWS::Lambda::Function');
  expect(functions).toHaveLength(CATALOG.length);
  const roles = { ...SETTINGS.roles, 'full/BatchUser': 'BatchUser', 'full/Reader': 'Reader' };
  for (const { Environment } of functions)
    expect(Environment).toMatchObject({
      Variables: { LASTCALL_ROLES: JSON.stringify(roles), LASTCALL_ROLES_CLAIMS: 'groups,scope' },
    });
});
