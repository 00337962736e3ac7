/** An installation with every setting that the default one leaves out. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CATALOG } from '#functions/catalog/catalog';
import { type Synthesis, synthesizeApp } from '#test/support/cdk/synthesis';

const SETTINGS = {
  installation: 'full',
  roles: { 'Ops Team': 'BatchJobManager', Everyone: 'Reader' },
  rolesClaims: ['groups'],
  machines: [
    { name: 'ci', role: 'BatchUser' },
    { name: 'watch-dog', role: 'Reader' },
  ],
};

let synthesis: Synthesis;
beforeAll(async () => {
  synthesis = await synthesizeApp({ context: { lastcall: SETTINGS } });
}, 150_000);

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
    expect(clients).toHaveLength(3);
    const [authorizer] = propertiesOf('AWS::ApiGatewayV2::Authorizer');
    expect(authorizer).toMatchObject({ JwtConfiguration: { Audience: expect.arrayContaining(clients) } });
  });

  test('find where they get their tokens among the addresses of the installation', () => {
    const names = propertiesOf('AWS::SSM::Parameter').map(({ Name }) => Name);
    expect(names).toEqual(expect.arrayContaining(['/full/token-url', '/full/machine/ci', '/full/machine/watch-dog']));
    expect(propertiesOf('AWS::Cognito::UserPoolDomain')).toMatchObject([{ Domain: 'full-000000000000' }]);
  });
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
