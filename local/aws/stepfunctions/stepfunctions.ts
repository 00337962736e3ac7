/** Step Functions on this machine: a small interpreter behind the service's wire protocol. */
import { createServer, type Server } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Chance } from '#local/aws/chance';
import { loadDefinition } from '#local/aws/stepfunctions/definition/load-definition';
import { Executions } from '#local/aws/stepfunctions/execution/executions';
import { type AwsService, serveAwsJson } from '#local/aws/wire/aws-json';
import { listen, unlisten } from '#local/aws/wire/listen';
import { stateMachineArn } from './arns.ts';
import { Manners } from './aws-manners.ts';
import { type Clock, systemClock } from './clock.ts';
import { operationsOf } from './operations.ts';
import type { StateMachine } from './shared.ts';

type StepFunctionsOptions = {
  /** On 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Definitions are ASL as JSON text, with all placeholders replaced. */
  readonly stateMachines: readonly { readonly name: string; readonly definition: string }[];
  /** Calls a Lambda. A rejection is the Lambda's error; workflows match its `name`. */
  readonly invoke: (functionArn: string, payload: unknown) => Promise<unknown>;
  /** Keeps executions on disk; the next process resumes them. One process at a time. In memory when left out. */
  readonly journalDirectory?: string;
  readonly clock?: Clock;
  /** With a seed, requests are served late, replies are lost, and calls of Lambdas seem to fail. */
  readonly mannersSeed?: number;
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
 * Starts the stand-in and resumes the executions of its journal.
 * Lambdas are invoked at least once per attempt (see `interpret`), so they must be idempotent.
 * @throws DefinitionRefused for a definition that uses anything this interpreter does not run
 * @throws WrongJournal for a journal that cannot be read
 * @throws Error EADDRINUSE when the port is taken
 */
export async function startStepFunctions(options: StepFunctionsOptions): Promise<StepFunctions> {
  const { clock = systemClock, log } = options;
  const manners = options.mannersSeed === undefined ? undefined : new Manners(new Chance(options.mannersSeed));
  const invoke = manners?.faulty(options.invoke) ?? options.invoke;
  const stateMachines = loadStateMachines(options.stateMachines, clock.now());
  const executions = new Executions({ clock, invoke, log }, options.journalDirectory);
  const ready = Promise.withResolvers<void>();
  const operations = operationsOf({ stateMachines, executions, clock });
  const losesReply = () => manners?.losesReply() ?? false;
  const service: AwsService = { ...PROTOCOL, operations, losesReply, log };
  const server = createServer(async (request, response) => {
    // Requests wait until the executions of the journal are back.
    await ready.promise;
    if (manners) await setTimeout(manners.delayMs());
    await serveAwsJson(service, request, response);
  });
  const url = await listen(server, options.port);
  try {
    executions.resume();
  } catch (error) {
    await unlisten(server);
    throw error;
  }
  // A replay waits for nothing outside: after this turn of the event loop it has opened all task tokens again.
  await setImmediate();
  ready.resolve();
  return new StepFunctions(url, server, executions);
}

class StepFunctions {
  readonly url: string;
  readonly #server: Server;
  readonly #executions: Executions;

  constructor(url: string, server: Server, executions: Executions) {
    this.url = url;
    this.#server = server;
    this.#executions = executions;
  }

  /** Leaves unfinished executions to the next start. Does not wait for Lambdas that still run. */
  async close(): Promise<void> {
    this.#executions.suspend();
    await unlisten(this.#server);
  }
}

function loadStateMachines(given: StepFunctionsOptions['stateMachines'], createdAt: number): Map<string, StateMachine> {
  return new Map(
    given.map(({ name, definition: text }) => {
      const arn = stateMachineArn(name);
      return [arn, { arn, name, text, definition: loadDefinition(name, text), createdAt }];
    }),
  );
}
