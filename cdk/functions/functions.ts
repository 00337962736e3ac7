/** The Lambda functions: one for each entry of the catalog. */
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { functionEnvironment } from '#cdk/environment';
import { WrongCatalog } from '#cdk/errors';
import { logGroup } from '#cdk/log-group';
import { arnsOf, namesOf } from '#cdk/names';
import { acknowledgeTouches, acknowledgeWildcard, statementsFor } from '#cdk/permissions';
import type { Settings } from '#cdk/settings';
import { CATALOG, type CatalogEntry } from '#functions/catalog/catalog';
import { functionsCode } from './bundles.ts';

type FunctionsProps = {
  readonly settings: Settings;
  readonly workflows: readonly string[];
  /** Gets the events of functions without a waiting caller, if they failed for good. */
  readonly undelivered: IQueue;
};

/** Each may touch what the catalog says, write its own log and its traces, and nothing else. */
export class Functions extends Construct {
  readonly #byName = new Map<string, LambdaFunction>();
  readonly #props: FunctionsProps;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    this.#props = props;
    const code = functionsCode();
    for (const entry of CATALOG) this.#byName.set(entry.name, this.#add(entry, code));
  }

  /**
   * The function of an entry of the catalog.
   * @throws WrongCatalog if there is none by this name
   */
  of(name: string): LambdaFunction {
    const found = this.#byName.get(name);
    if (!found) throw new WrongCatalog(`There is no function "${name}" in the catalog.`);
    return found;
  }

  /** Adds what is known only after the functions: one variable to each of them. */
  addEnvironment(name: string, value: string): void {
    for (const each of this.#byName.values()) each.addEnvironment(name, value);
  }

  #add(entry: CatalogEntry, code: Code): LambdaFunction {
    const { settings, undelivered } = this.#props;
    const names = namesOf(settings);
    const scope = new Construct(this, entry.name);
    const functionName = names.function(entry.name);
    const isAwaited = 'route' in entry.calledBy || 'step' in entry.calledBy;
    return new LambdaFunction(scope, 'Function', {
      functionName,
      description: `Lastcall: ${entry.name}`,
      code,
      handler: `${entry.name}.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: entry.memoryMb,
      timeout: Duration.seconds(entry.timeoutSeconds),
      ...reservedOf(entry, settings),
      tracing: isTraced(entry) ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: functionEnvironment(settings, names, arnsOf(this, names)),
      ...this.#logAndRole(scope, entry),
      ...(isAwaited ? {} : { deadLetterQueue: undelivered }),
    });
  }

  #logAndRole(scope: Construct, entry: CatalogEntry) {
    const { settings, workflows } = this.#props;
    const names = namesOf(settings);
    const arns = arnsOf(this, names);
    const log = logGroup(scope, 'Log', { name: `/aws/lambda/${names.function(entry.name)}`, settings });
    const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const ownLog = { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [log.logGroupArn] };
    for (const statement of [new PolicyStatement(ownLog), ...statementsFor(entry.touches, { arns, workflows })])
      role.addToPolicy(statement);
    acknowledgeTouches(role, entry.touches, { arns, workflows });
    if (isTraced(entry))
      acknowledgeWildcard(role, 'Resource::*', 'X-Ray: the two actions that write traces have no resources.');
    return { logGroup: log, role };
  }
}

/** A trace costs more than such a call, and shows the same each time. */
function isTraced({ calledBy }: CatalogEntry): boolean {
  return !('schedule' in calledBy);
}

function reservedOf({ reservedConcurrency }: CatalogEntry, { reserveConcurrency }: Settings) {
  return reserveConcurrency && reservedConcurrency !== undefined
    ? { reservedConcurrentExecutions: reservedConcurrency }
    : {};
}
