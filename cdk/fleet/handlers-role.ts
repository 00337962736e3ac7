/** The role of the handlers. They get nothing of what the server itself may do. */
import type { FargateTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { ArnPrincipal, Effect, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeWildcard } from '#cdk/permissions';
import type { Settings } from '#cdk/settings';

/** A role that only the server's role may assume, with the permissions of the settings. */
export function handlersRole(scope: Construct, server: FargateTaskDefinition, { handlerPermissions }: Settings): Role {
  const role = new Role(scope, 'Handlers', {
    assumedBy: new ArnPrincipal(server.taskRole.roleArn),
    description: 'What the handlers of batch servers may do',
  });
  for (const { actions, resources } of handlerPermissions) {
    role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources }));
    const wildcards = [
      ...actions.map((action) => `Action::${action}`),
      ...resources.map((each) => `Resource::${each}`),
    ];
    for (const finding of wildcards.filter((each) => each.includes('*')))
      acknowledgeWildcard(role, finding, 'The setting handlerPermissions says so.');
  }
  server.addToTaskRolePolicy(new PolicyStatement({ actions: ['sts:AssumeRole'], resources: [role.roleArn] }));
  return role;
}
