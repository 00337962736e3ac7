/** How people and programs find the installation: parameters, and the same values as outputs of the stack. */
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { CfnOutput } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Api } from '#cdk/functions/api';
import type { Identity } from '#cdk/functions/identity';
import { arnsOf, namesOf, SERVICE } from './names.ts';
import type { Settings } from './settings.ts';

type Props = {
  readonly settings: Settings;
  readonly api: Api;
  readonly identity: Identity;
  /** Undefined if the settings leave the console out. */
  readonly consoleUrl: string | undefined;
};

/** Writes `/<installation>/<name>` to the Parameter Store. */
export class Addresses extends Construct {
  constructor(scope: Construct, id: string, { settings, api, identity, consoleUrl }: Props) {
    super(scope, id);
    const names = namesOf(settings);
    const addresses = {
      'api-url': api.url,
      ...(consoleUrl === undefined ? {} : { 'console-url': `${consoleUrl}/console/` }),
      issuer: identity.issuer,
      audience: identity.audience.join(','),
      cluster: names.cluster,
      service: SERVICE,
      'abort-workflow-arn': arnsOf(this, names).workflow('abort-job'),
      ...(identity.userPoolId === undefined ? {} : { 'user-pool-id': identity.userPoolId }),
      ...machineAddresses(identity),
    };
    for (const [name, value] of Object.entries(addresses)) {
      new StringParameter(this, name, { parameterName: names.parameter(name), stringValue: value });
      new CfnOutput(this, `${name}-output`, { key: outputName(name), value });
    }
  }
}

function machineAddresses({ machines }: Identity): Record<string, string> {
  if (machines === undefined) return {};
  const clients = Object.entries(machines.clientIds).map(([name, clientId]) => [`machine/${name}`, clientId]);
  return { 'token-url': machines.tokenUrl, ...Object.fromEntries(clients) };
}

/** `ApiUrl` for `api-url`. */
function outputName(name: string): string {
  return name
    .split(/[^A-Za-z0-9]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
