/** Programs that call the API: each has a client of the pool with a secret, and its role as a scope. */
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf } from '#cdk/names';
import type { Settings } from '#cdk/settings';
import { ROLES } from '#domain/roles';

/** How long a token is valid. Until then a change of the role has no effect. */
const TOKEN_HOURS = 1;

type Props = { readonly settings: Settings; readonly pool: cognito.UserPool; readonly domainUrl: string };

/** A resource server with a scope for each role, and a client for each machine of the settings. */
export class Machines extends Construct {
  /** Where the machines get their tokens, by the OAuth flow `client_credentials`. */
  readonly tokenUrl: string;
  /** By the names of the machines. */
  readonly clientIds: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { settings, pool, domainUrl }: Props) {
    super(scope, id);
    const { installation } = namesOf(settings);
    const scopes = ROLES.map(
      (role) => new cognito.ResourceServerScope({ scopeName: role, scopeDescription: `The role ${role}` }),
    );
    const server = pool.addResourceServer('Api', { identifier: installation, scopes });
    this.tokenUrl = `${domainUrl}/oauth2/token`;
    const clients = settings.machines.map(({ name, role }) => {
      const granted = scopes.filter(({ scopeName }) => scopeName === role);
      return [name, this.#addClient(pool, { name, scopes: granted.map((each) => scopeOf(server, each)) })];
    });
    this.clientIds = Object.fromEntries(clients);
  }

  #addClient(pool: cognito.UserPool, { name, scopes }: { name: string; scopes: cognito.OAuthScope[] }): string {
    const client = new cognito.UserPoolClient(this, name, {
      userPool: pool,
      userPoolClientName: name,
      generateSecret: true,
      oAuth: { flows: { clientCredentials: true }, scopes },
      accessTokenValidity: Duration.hours(TOKEN_HOURS),
    });
    return client.userPoolClientId;
  }
}

const { resourceServer: scopeOf } = cognito.OAuthScope;
