/** Makes IAM statements of touches: they allow what the catalog says and nothing else. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack, Validations } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { z } from 'zod';
import type { CatalogEntry } from '#functions/catalog/catalog';
import type { TableName } from '#store/schema';
import { WrongCatalog } from './errors.ts';
import type { Arns } from './names.ts';
import { tableNames } from './records.ts';

type Touch = CatalogEntry['touches'][number];
type Setup = { readonly arns: Arns; readonly workflows: readonly string[] };

/** One statement for each table, index or service that is touched. */
export function statementsFor(touches: readonly Touch[], setup: Setup): PolicyStatement[] {
  const byResource = new Map<string, { resources: string[]; actions: string[] }>();
  for (const touch of touches) {
    const { action, resources } = allowanceOf(touch, setup);
    const known = byResource.get(resources.join()) ?? { resources, actions: [] };
    byResource.set(resources.join(), { resources, actions: [...known.actions, action] });
  }
  return [...byResource.values()].map((statement) => new PolicyStatement(statement));
}

/** Tells cdk-nag why these touches need wildcards; it still reports any other. */
export function acknowledgeTouches(scope: IConstruct, touches: readonly Touch[], setup: Setup): void {
  const wildcards = touches
    .map((touch) => allowanceOf(touch, setup))
    .flatMap(({ action, resources }) => resources.filter((arn) => arn.endsWith('*')).map((arn) => ({ action, arn })));
  for (const { action, arn } of wildcards) {
    const reason = action.startsWith('ecs:')
      ? "ECS names a server's container when it starts: before, only the cluster is known."
      : 'An execution is named after its job or abort: before, only the workflow is known.';
    acknowledgeWildcard(scope, wildcardOf(scope, arn), reason);
  }
}

/** Tells cdk-nag why this one wildcard is needed. */
export function acknowledgeWildcard(scope: IConstruct, finding: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason });
}

/** The finding for an ARN with a wildcard. */
export function wildcardOf(scope: IConstruct, arn: string): string {
  return `Resource::${textOf(Stack.of(scope).resolve(arn))}`;
}

const joinSchema = z.object({ 'Fn::Join': z.tuple([z.literal(''), z.array(z.unknown())]) });
const referenceSchema = z.union([
  z.object({ Ref: z.string() }).transform(({ Ref }) => Ref),
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }).transform((found) => found['Fn::GetAtt'].join('.')),
]);

/** An ARN as cdk-nag writes it: values that only the deployment knows are in angle brackets. */
function textOf(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const parts = joinSchema.parse(resolved)['Fn::Join'][1];
  return parts.map((part) => (typeof part === 'string' ? part : `<${referenceSchema.parse(part)}>`)).join('');
}

function allowanceOf(touch: Touch, { arns, workflows }: Setup): { action: string; resources: string[] } {
  const [target = '', action = ''] = touch.split(':');
  if (target === 'ecs')
    return { action: touch, resources: [/Service/.test(action) ? arns.service : arns.containerTasks] };
  if (target === 'workflows') return { action: `states:${action}`, resources: workflows.map(resourceOf(action, arns)) };
  if (target === 'nudges') return { action: `sqs:${action}`, resources: [arns.nudges] };
  const [table, index] = target.split('/');
  const arn = arns.table(tableOf(table));
  return { action: `dynamodb:${action}`, resources: [index === undefined ? arn : `${arn}/index/${index}`] };
}

/** An answer to a callback is allowed on the workflow that waits for it. */
function resourceOf(action: string, arns: Arns): (workflow: string) => string {
  return action === 'DescribeExecution' ? arns.executions : arns.workflow;
}

function tableOf(name: string | undefined): TableName {
  const found = tableNames().find((table) => table === name);
  if (found === undefined)
    throw new WrongCatalog(`The catalog names the table "${name}", which the schema does not have.`);
  return found;
}
