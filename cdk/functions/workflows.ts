/** The Step Functions workflows: one for each file of `statemachines/`. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { logGroup } from '#cdk/log-group';
import { namesOf } from '#cdk/names';
import { acknowledgeWildcard } from '#cdk/permissions';
import type { Settings } from '#cdk/settings';
import { CATALOG } from '#functions/catalog/catalog';
import { readWorkflows } from '#statemachines/definitions';
import type { Functions } from './functions.ts';

type Props = { readonly settings: Settings; readonly functions: Functions };

/** Each workflow may call the functions of its own steps and nothing else. */
export class Workflows extends Construct {
  constructor(scope: Construct, id: string, { settings, functions }: Props) {
    super(scope, id);
    const { drainSeconds, heartbeatSeconds } = settings;
    const arnOf = (name: string) => functions.of(name).functionArn;
    for (const { name, definition } of readWorkflows({ catalog: CATALOG, arnOf, drainSeconds, heartbeatSeconds })) {
      const workflow = this.#add(name, definition, settings);
      const resources = CATALOG.map(({ name }) => arnOf(name)).filter((arn) => definition.includes(arn));
      workflow.addToRolePolicy(new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources }));
    }
  }

  #add(name: string, definition: string, settings: Settings): StateMachine {
    const workflowName = namesOf(settings).workflow(name);
    const scope = new Construct(this, name);
    const reason =
      'Tracing and the delivery of logs have no resources (Step Functions guide, "Logging in CloudWatch Logs").';
    acknowledgeWildcard(scope, 'Resource::*', reason);
    return new StateMachine(scope, 'Workflow', {
      stateMachineName: workflowName,
      definitionBody: DefinitionBody.fromString(definition),
      tracingEnabled: true,
      logs: {
        // CloudWatch takes any number of log groups under this prefix; of others, what fits into one resource policy.
        destination: logGroup(scope, 'Log', { name: `/aws/vendedlogs/states/${workflowName}`, settings }),
        level: LogLevel.ALL,
        // The data has callback tokens. It can be read in the execution's history.
        includeExecutionData: false,
      },
    });
  }
}

/** The names of all workflows. */
export function workflowNames(): string[] {
  const setup = { catalog: CATALOG, arnOf: (name: string) => name, drainSeconds: 1, heartbeatSeconds: 1 };
  return readWorkflows(setup).map(({ name }) => name);
}
