/** The task definition of a batch server: its container, what it may do, and what its handlers may do. */
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Duration, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { serverEnvironment } from '#cdk/environment';
import { workflowNames } from '#cdk/functions/workflows';
import { logGroup } from '#cdk/log-group';
import { arnsOf, namesOf, SERVICE } from '#cdk/names';
import { acknowledgeTouches, acknowledgeWildcard, statementsFor } from '#cdk/permissions';
import type { Settings } from '#cdk/settings';
import { SERVER_CONTAINER } from '#domain/servers/server';
import { SERVER_TOUCHES } from '#functions/catalog/catalog';
import { handlersRole } from './handlers-role.ts';
import { healthCheckOf } from './health-check.ts';

type Props = { readonly settings: Settings; readonly image: ecs.ContainerImage };

/** One container, with the settings as variables. */
export class ServerDefinition extends Construct {
  readonly definition: ecs.FargateTaskDefinition;
  readonly handlersRole: Role;

  constructor(scope: Construct, id: string, { settings, image }: Props) {
    super(scope, id);
    const names = namesOf(settings);
    this.definition = this.#addDefinition(settings);
    this.handlersRole = handlersRole(this, this.definition, settings);
    const arns = arnsOf(this, names);
    const log = logGroup(this, 'Log', { name: `/ecs/${names.function(SERVICE)}`, settings });
    this.definition.addContainer(SERVER_CONTAINER, {
      image,
      environment: { ...serverEnvironment(settings, names, arns), LASTCALL_HANDLERS_ROLE: this.handlersRole.roleArn },
      secrets: this.#secretsOf(settings),
      // PID 1 is an init: it passes SIGTERM on and reaps the processes that handlers leave.
      linuxParameters: new ecs.LinuxParameters(this, 'Init', { initProcessEnabled: true }),
      healthCheck: healthCheckOf(settings),
      stopTimeout: Duration.seconds(settings.stopTimeoutSeconds),
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'server', logGroup: log }),
    });
    this.#allow(settings);
  }

  #addDefinition(settings: Settings): ecs.FargateTaskDefinition {
    return new ecs.FargateTaskDefinition(this, 'Server', {
      family: namesOf(settings).function(SERVICE),
      cpu: settings.cpu,
      memoryLimitMiB: settings.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
  }

  #secretsOf({ handlerSecrets }: Settings): Record<string, ecs.Secret> {
    const secrets = Object.entries(handlerSecrets).map(([variable, from]) => {
      if ('secret' in from) {
        const secret = Secret.fromSecretNameV2(this, variable, from.secret);
        return [variable, ecs.Secret.fromSecretsManager(secret, from.field)];
      }
      const { parameter: parameterName } = from;
      const parameter = StringParameter.fromSecureStringParameterAttributes(this, variable, { parameterName });
      return [variable, ecs.Secret.fromSsmParameter(parameter)];
    });
    return Object.fromEntries(secrets);
  }

  #allow(settings: Settings): void {
    const setup = { arns: arnsOf(this, namesOf(settings)), workflows: workflowNames() };
    for (const statement of statementsFor(SERVER_TOUCHES, setup)) this.definition.addToTaskRolePolicy(statement);
    acknowledgeTouches(this.definition, SERVER_TOUCHES, setup);
    acknowledgeWildcard(this.definition, 'Resource::*', 'Only ecr:GetAuthorizationToken, which has no resources.');
    Validations.of(this.definition).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The variables are settings; secrets come from Secrets Manager and the Parameter Store.',
    });
  }
}
