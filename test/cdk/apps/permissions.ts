/**
 * Each function and the server may do on AWS what the catalog says that they touch. `test/functions` and
 * `test/server/touches.test.ts` record that they really do this and nothing else.
 */
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { CATALOG, type CatalogEntry, SERVER_TOUCHES } from '#functions/catalog/catalog';
import { readWorkflows } from '#statemachines/definitions';
import { TABLES } from '#store/schema';
import { synthesisOf } from '#test/support/cdk/apps';
import { ACCOUNT, REGION, type Resource } from '#test/support/cdk/synthesis';

const synthesis = synthesisOf({});

const listSchema = z.preprocess((value) => [value].flat(), z.array(z.string()));
const statementSchema = z.strictObject({ Effect: z.literal('Allow'), Action: listSchema, Resource: listSchema });
const policySchema = z.object({
  Roles: z.array(z.string()).optional(),
  PolicyDocument: z.object({ Statement: z.array(statementSchema) }),
});
type Grant = { readonly action: string; readonly resource: string };

/** Every action on every resource that a role may do, by the policies that are attached to it. */
function grantsOf(roleId: string): Grant[] {
  const role = synthesis.resources('AWS::IAM::Role').find(({ id }) => id === roleId);
  expect(role?.properties).not.toHaveProperty('ManagedPolicyArns');
  expect(role?.properties).not.toHaveProperty('Policies');
  return synthesis
    .resources('AWS::IAM::Policy')
    .map(({ properties }) => policySchema.parse(properties))
    .filter(({ Roles = [] }) => Roles.includes(roleId))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) => Action.flatMap((action) => Resource.map((resource) => ({ action, resource }))));
}

const roleOf = ({ properties }: Resource, property: string) => String(properties[property]).replace(/\.Arn$/, '');
const functionOf = (name: string): Resource => {
  const found = synthesis
    .resources('AWS::Lambda::Function')
    .find(({ properties }) => properties.FunctionName === `lastcall-${name}`);
  if (!found) throw new Error(`There is no function ${name}.`);
  return found;
};
const isOfHost = ({ action, resource }: Grant) =>
  /^(logs|xray|sqs|ecr):/.test(action) && !resource.endsWith('lastcall-nudges');

/** The grants as touches of the catalog. A grant that is none stays as it is and fails the comparison. */
function touchesOf(grants: readonly Grant[]): string[] {
  return [...new Set(grants.map(touchOf))].sort();
}

function touchOf({ action, resource }: Grant): string {
  const [service = '', name = ''] = action.split(':');
  const [, , , region, account, ...rest] = resource.split(':');
  const what = rest.join(':');
  if (region !== REGION || account !== ACCOUNT) return `${action} on ${resource}`;
  if (service === 'ecs' && what === 'task/lastcall/*') return action;
  if (service === 'ecs' && what === 'service/lastcall/batch-server') return action;
  if (service === 'sqs' && what === 'lastcall-nudges') return `nudges:${name}`;
  if (service === 'states' && isWorkflow(what)) return `workflows:${name}`;
  const [, table, index] = /^table\/lastcall-([^/*]+)(?:\/index\/([^/*]+))?$/.exec(what) ?? [];
  const known = Object.entries(TABLES).find(([, schema]) => schema.name === table);
  if (service !== 'dynamodb' || !known) return `${action} on ${resource}`;
  return `${known[0]}${index === undefined ? '' : `/${index}`}:${name}`;
}

const workflows = readWorkflows({ catalog: CATALOG, arnOf: (name) => name, drainSeconds: 1, heartbeatSeconds: 1 });

function isWorkflow(what: string): boolean {
  return workflows.some(({ name }) => [`stateMachine:lastcall-${name}`, `execution:lastcall-${name}:*`].includes(what));
}

test.each(CATALOG)('$name may do what it touches and nothing else', (entry) => {
  const grants = grantsOf(roleOf(functionOf(entry.name), 'Role'));
  expect(touchesOf(grants.filter((grant) => !isOfHost(grant)))).toEqual([...entry.touches].sort());
  expect(grants.filter(({ action }) => action.includes('*'))).toEqual([]);
});

test.each(CATALOG)('beside that, $name writes its own log and its traces', (entry) => {
  const ofHost = grantsOf(roleOf(functionOf(entry.name), 'Role')).filter(isOfHost);
  const log = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/lambda/lastcall-${entry.name}:*`;
  const traces = ['PutTelemetryRecords', 'PutTraceSegments'].map((each) => ({ action: `xray:${each}`, resource: '*' }));
  expect(ofHost.filter(({ action }) => !action.startsWith('sqs:'))).toEqual([
    { action: 'logs:CreateLogStream', resource: log },
    { action: 'logs:PutLogEvents', resource: log },
    ...('schedule' in entry.calledBy ? [] : traces),
  ]);
  const queues = new Set(ofHost.filter(({ action }) => action.startsWith('sqs:')).map(({ resource }) => resource));
  expect(queues.size).toBe(queuesOf(entry));
});

/** The dead letters, and for a schedule within the minute also the delayed messages. */
function queuesOf({ calledBy }: CatalogEntry): number {
  if ('schedule' in calledBy) return 2;
  return 'event' in calledBy ? 1 : 0;
}

test('the server may do what it touches and nothing else', () => {
  const [definition] = synthesis.resources('AWS::ECS::TaskDefinition');
  const grants = definition ? grantsOf(roleOf(definition, 'TaskRoleArn')) : [];
  const [assumes, ...others] = grants.filter(({ action }) => action === 'sts:AssumeRole');
  expect(others).toEqual([]);
  expect(touchesOf(grants.filter((grant) => grant !== assumes))).toEqual([...SERVER_TOUCHES].sort());
});

test('handlers have a role of their own, which only the server may assume and which may do nothing', () => {
  const [definition] = synthesis.resources('AWS::ECS::TaskDefinition');
  const serverRole = definition ? roleOf(definition, 'TaskRoleArn') : '';
  const handlers = synthesis.resources('AWS::IAM::Role').find(({ id }) => /Handlers/.test(id));
  expect(handlers?.properties.AssumeRolePolicyDocument).toMatchObject({
    Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { AWS: `${serverRole}.Arn` } }],
  });
  expect(grantsOf(serverRole)).toContainEqual({ action: 'sts:AssumeRole', resource: `${handlers?.id}.Arn` });
  expect(grantsOf(handlers?.id ?? '')).toEqual([]);
});

test('each workflow may call the functions of its own steps and nothing else', () => {
  for (const { name, definition } of workflows) {
    const machine = synthesis
      .resources('AWS::StepFunctions::StateMachine')
      .find(({ properties }) => properties.StateMachineName === `lastcall-${name}`);
    const called = grantsOf(machine ? roleOf(machine, 'RoleArn') : '').filter(({ action }) =>
      action.startsWith('lambda:'),
    );
    const steps = CATALOG.filter(({ calledBy }) => 'step' in calledBy).filter((entry) =>
      definition.includes(`"FunctionName": "${entry.name}"`),
    );
    expect(steps.length).toBeGreaterThan(0);
    expect(called.map(({ resource }) => resource).sort()).toEqual(
      steps.map((entry) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:lastcall-${entry.name}`).sort(),
    );
    expect(new Set(called.map(({ action }) => action))).toEqual(new Set(['lambda:InvokeFunction']));
  }
});

test('no policy grants an action by a wildcard', () => {
  for (const { properties } of synthesis.resources('AWS::IAM::Policy')) {
    const actions = policySchema.parse(properties).PolicyDocument.Statement.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  }
});
