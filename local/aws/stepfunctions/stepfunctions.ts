import { createServer } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { loadDefinition } from '#local/aws/stepfunctions/definition/load-definition';
import { Executions } from '#local/aws/stepfunctions/execution/executions';
import { type AwsService, serveAwsJson } from '#local/aws/wire/aws-json';
import { listen, unlisten } from '#local/aws/wire/listen';
import { stateMachineArn } from './arns.ts';
import { type Clock, systemClock } from './clock.ts';
import { operationsOf, type StateMachine } from './operations.ts';

type StepFunctionsOptions = {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Definitions are ASL as JSON text, placeholders already replaced. */
  readonly stateMachines: readonly { readonly name: string; readonly definition: string }[];
  /** Runs a Lambda; a rejection is the Lambda's error, known to workflows by its `name`. */
  readonly invoke: (functionArn: string, payload: unknown) => Promise<unknown>;
  /** When given, executions outlive this process, however it ends, and go on at the next start. One process at a time. */
  readonly journalDirectory?: string;
  readonly clock?: Clock;
  readonly log: (line: string) => void;
};

const PROTOCOL = {
  name: 'Step Functions',
  contentType: 'application/x-amz-json-1.0',
  targetPrefix: 'AWSStepFunctions.',
  errorPrefix: 'com.amazonaws.swf.service.v2.model#',
  errorNames: { WrongInput: 'ValidationException', WrongToken: 'InvalidToken', Fault: 'InternalFailure' },
};

/**
 * Starts a local AWS Step Functions: standard workflows in JSONata, behind the service's own wire protocol.
 * Throws DefinitionRefused when a definition says anything that this interpreter would not do as AWS does.
 * Lambdas are invoked at least once an attempt (see `interpret`), so they have to be idempotent.
 * `close` leaves unfinished executions to the next start, and does not wait for Lambdas under way.
 */
export async function startStepFunctions(
  options: StepFunctionsOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { clock = systemClock, invoke, log } = options;
  const stateMachines = loadStateMachines(options.stateMachines, clock.now());
  const executions = new Executions({ clock, invoke, log }, options.journalDirectory);
  const ready = Promise.withResolvers<void>();
  const service: AwsService = { ...PROTOCOL, operations: operationsOf({ stateMachines, executions, clock }), log };
  const server = createServer(async (request, response) => {
    // Requests wait until the service knows again what it knew before.
    await ready.promise;
    await serveAwsJson(service, request, response);
  });
  const url = await listen(server, options.port);
  try {
    executions.resume();
  } catch (error) {
    await unlisten(server);
    throw error;
  }
  // A replay waits for nothing outside: after this turn of the event loop every open token is known again.
  await setImmediate();
  ready.resolve();
  return {
    url,
    close() {
      executions.suspend();
      return unlisten(server);
    },
  };
}

function loadStateMachines(given: StepFunctionsOptions['stateMachines'], createdAt: number): Map<string, StateMachine> {
  return new Map(
    given.map(({ name, definition: text }) => {
      const arn = stateMachineArn(name);
      return [arn, { arn, name, text, definition: loadDefinition(name, text), createdAt }];
    }),
  );
}
