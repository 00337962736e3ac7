/** The names and ARNs of an installation. Stacks refer to each other by these alone, so each can be updated alone. */
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { TABLES, type TableName } from '#store/schema';
import type { Settings } from './settings.ts';

export const SERVICE = 'batch-server';

/** The names of an installation. */
export type Names = ReturnType<typeof namesOf>;

/** All names begin with that of the installation; functions and servers get it as the prefix of the tables. */
export function namesOf({ installation }: Pick<Settings, 'installation'>) {
  return {
    installation,
    tablePrefix: `${installation}-`,
    cluster: installation,
    table: (name: TableName) => `${installation}-${TABLES[name].name}`,
    function: (name: string) => `${installation}-${name}`,
    workflow: (name: string) => `${installation}-${name}`,
    /** As Cognito writes the scope of a resource server in a token. */
    scope: (name: string) => `${installation}/${name}`,
    nudges: `${installation}-nudges`,
    console: `${installation}-console`,
    parameter: (name: string) => `/${installation}/${name}`,
    metrics: { namespace: 'Lastcall', dimensionsMap: { service: installation } },
  };
}

/** The ARNs of an installation. */
export type Arns = ReturnType<typeof arnsOf>;

/** The ARNs in the account and region of the scope's stack. */
export function arnsOf(scope: IConstruct, names: Names) {
  const stack = Stack.of(scope);
  const { COLON_RESOURCE_NAME, NO_RESOURCE_NAME, SLASH_RESOURCE_NAME } = ArnFormat;
  const workflow = (resource: string, name: string) =>
    stack.formatArn({ service: 'states', resource, resourceName: name, arnFormat: COLON_RESOURCE_NAME });
  const ecs = (resource: string, name: string) =>
    stack.formatArn({ service: 'ecs', resource, resourceName: name, arnFormat: SLASH_RESOURCE_NAME });
  return {
    table: (name: TableName) =>
      stack.formatArn({ service: 'dynamodb', resource: 'table', resourceName: names.table(name) }),
    workflow: (name: string) => workflow('stateMachine', names.workflow(name)),
    executions: (name: string) => workflow('execution', `${names.workflow(name)}:*`),
    workflowPrefix: workflow('stateMachine', names.workflow('')),
    nudges: stack.formatArn({ service: 'sqs', resource: names.nudges, arnFormat: NO_RESOURCE_NAME }),
    nudgeQueueUrl: `https://sqs.${stack.region}.${stack.urlSuffix}/${stack.account}/${names.nudges}`,
    cluster: ecs('cluster', names.cluster),
    containerTasks: ecs('task', `${names.cluster}/*`),
    service: ecs('service', `${names.cluster}/${SERVICE}`),
  };
}
