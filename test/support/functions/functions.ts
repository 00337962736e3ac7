/**
 * The functions of the catalog for one test file, called through their exported handlers. Behind them are a DynamoDB, a
 * Step Functions and an ECS of the file, whose addresses are in the environment before a function is loaded.
 */
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { CATALOG } from '#functions/catalog/catalog';
import { loadFunctions } from '#local/aws/lambda/lambda';
import { startStepFunctions } from '#local/aws/stepfunctions/stepfunctions';
import { functionsOf } from '#local/catalog';
import { readWorkflows } from '#statemachines/definitions';
import { DRAIN_SECONDS, HEARTBEAT_SECONDS } from '#test/support/environment';
import { endTrials, Feed, PROGRAMS, startTrial, type Trial } from '#test/support/local/ecs-trial';
import { startSqsTrial } from '#test/support/local/sqs-trial';
import { startStore } from '#test/support/store/engine';
import { openWire, type Wire } from '#test/support/store/wire';
import { checkAccepted, checkReply } from './description.ts';
import { type HttpCall, type HttpReply, httpEvent, replyOf } from './http.ts';
import { Recorder } from './recording.ts';

/** Longer than a test file runs: only the test itself ends a container that ignores SIGTERM. */
const STOP_TIMEOUT_SECONDS = 120;
const WORKFLOWS = join(import.meta.dirname, '..', '..', '..', 'statemachines');

/** A workflow's call of a function: the test takes it from here and makes it itself. */
export type StepCall = { readonly name: string; readonly payload: unknown };

export type Functions = Pick<Recorder, 'aside' | 'actionsOf'> & {
  /** Calls the function as Lambda does, and records what it does. */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Sends a request like `POST /jobs` to its function; fails if the API's description has no such reply. */
  call(target: string, call?: HttpCall): Promise<HttpReply>;
  readonly steps: Feed<StepCall>;
  readonly containers: Trial;
  /** The wire to DynamoDB. */
  readonly wire: Wire;
  /** The wire to ECS. */
  readonly ecs: Wire;
};

/** Starts everything, with this number of containers of the program, and ends it after the file's tests. */
export async function startFunctions({ containers = 0, program = PROGRAMS.polite } = {}): Promise<Functions> {
  const dynamoDb = await startStore();
  const steps = new Feed<StepCall>();
  const workflows = await startWorkflows(steps);
  const trial = await startTrial(program, { desiredCount: containers, stopTimeoutSeconds: STOP_TIMEOUT_SECONDS });
  const sqs = await startSqsTrial();
  const [stepFunctions, ecs] = [await openWire(workflows.url), await openWire(trial.ecs.url)];
  const wires = { dynamoDb, stepFunctions, ecs, sqs: sqs.wire };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SFN: wires.stepFunctions.url,
    AWS_ENDPOINT_URL_ECS: wires.ecs.url,
    ...sqs.environment,
  });
  afterAll(async () => {
    await Promise.all([wires.stepFunctions.close(), wires.ecs.close(), sqs.close()]);
    await workflows.close();
    await endTrials();
  });
  const recorder = new Recorder(wires);
  const functions = await loadFunctions(functionsOf(CATALOG));
  const invoke: Functions['invoke'] = (name, event) =>
    recorder.recordActions(name, () => functions.invoke(name, event));
  return {
    aside: (run) => recorder.aside(run),
    actionsOf: (name) => recorder.actionsOf(name),
    invoke,
    async call(target, call = {}) {
      const { name, event } = httpEvent(target, call);
      const reply = replyOf(await invoke(name, event));
      checkReply(name, reply);
      if (reply.status < 300 && event.body && !event.isBase64Encoded) checkAccepted(name, JSON.parse(event.body));
      return reply;
    },
    steps,
    containers: trial,
    wire: dynamoDb,
    ecs: wires.ecs,
  };
}

/** The real workflows. Each call of a function goes to the test and is answered at once. */
async function startWorkflows(steps: Feed<StepCall>) {
  const stateMachines = readWorkflows({
    directory: WORKFLOWS,
    catalog: CATALOG,
    arnOf: (name) => name,
    drainSeconds: DRAIN_SECONDS,
    heartbeatSeconds: HEARTBEAT_SECONDS,
  });
  return startStepFunctions({
    port: 0,
    stateMachines,
    invoke: async (name, payload) => {
      steps.add({ name, payload });
      return { done: true, status: 'Completed' };
    },
    log: () => {},
  });
}
