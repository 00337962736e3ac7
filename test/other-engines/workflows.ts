/** Each workflow on moto's interpreter and on the stand-in of this project: both must call the same steps. */
import { deepStrictEqual } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { CATALOG } from '#functions/catalog/catalog';
import { startStepFunctions } from '#local/aws/stepfunctions/stepfunctions';
import { readWorkflows } from '#statemachines/definitions';
import { clientOf } from '#test/support/local/stepfunctions-trial';
import { type Invoke, startMoto } from './moto.ts';

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:';
const END_LIMIT_MS = 60_000;
const POLL_MS = 100;
/** Moto forgets an answer that comes before the step's reply. */
const ANSWER_AFTER_MS = 1_000;
const stateMachines = readWorkflows({
  catalog: CATALOG,
  arnOf: (name) => FUNCTION_ARN + name,
  drainSeconds: 900,
  heartbeatSeconds: 60,
});
const payloadSchema = z.looseObject({ token: z.string().optional() });

const untilDone = [false, true].map((done) => ({ jobId: 'a-job', done }));
/** The input of each workflow, and what its steps return, one call after the other. */
const TRIPS: Readonly<Record<string, { input: object; results: Readonly<Record<string, unknown[]>> }>> = {
  'cancel-job': { input: { jobId: 'a-job' }, results: { 'cancel-tasks': [...untilDone] } },
  'requeue-job': { input: { jobId: 'a-job' }, results: { 'requeue-tasks': [...untilDone] } },
  'submit-job': { input: { jobId: 'a-job' }, results: { 'write-tasks': [...untilDone] } },
  'abort-job': {
    input: { abortId: 'an-abort', serverIds: ['one'], drainDeadline: new Date(Date.now() + 900_000).toISOString() },
    results: {},
  },
};

/** Compares the two interpreters. */
export async function tryWorkflows(): Promise<boolean> {
  const [ours, theirs] = [new Steps(), new Steps()];
  const log = () => undefined;
  const own = await startStepFunctions({ port: 0, stateMachines, invoke: ours.invoke, log });
  const moto = await startMoto(theirs.invoke);
  try {
    const [ownClient, motoClient] = [clientOf(own.url), clientOf(moto.url)];
    await createStateMachines(motoClient);
    for (const { name } of stateMachines) {
      const [one, other] = [await ours.trip(ownClient, name), await theirs.trip(motoClient, name)];
      console.log(`${name}: ${JSON.stringify(one)}`);
      deepStrictEqual(other, one);
    }
    return true;
  } finally {
    await moto.close();
    await own.close();
  }
}

/** The steps of one interpreter. A step that gets a token answers it when the interpreter has the step's reply. */
class Steps {
  #client: SFNClient | undefined;
  #results: Record<string, unknown[]> = {};
  #calls: object[] = [];
  #answered: Promise<void>[] = [];

  readonly invoke: Invoke = async (functionName, given) => {
    const name = functionName.replace(FUNCTION_ARN, '');
    const { token, ...payload } = payloadSchema.parse(given);
    this.#calls.push({ name, payload });
    if (token !== undefined) this.#answered.push(this.#answer(token));
    return this.#results[name]?.shift() ?? {};
  };

  /** Runs the workflow to its end. Returns its status and the calls of its steps. */
  async trip(client: SFNClient, name: string): Promise<object> {
    const { input = {}, results = {} } = TRIPS[name] ?? {};
    this.#client = client;
    this.#calls = [];
    this.#results = structuredClone(results);
    const status = await statusAtEnd(client, name, input);
    await Promise.all(this.#answered);
    return { status, calls: this.#calls };
  }

  async #answer(taskToken: string): Promise<void> {
    await sleep(ANSWER_AFTER_MS);
    await this.#client?.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
  }
}

async function statusAtEnd(client: SFNClient, name: string, input: object): Promise<string | undefined> {
  const stateMachineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;
  const started = await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
  const deadline = performance.now() + END_LIMIT_MS;
  const describe = new DescribeExecutionCommand({ executionArn: started.executionArn });
  let { status } = await client.send(describe);
  while (status === 'RUNNING' && performance.now() < deadline) {
    await sleep(POLL_MS);
    ({ status } = await client.send(describe));
  }
  return status;
}

async function createStateMachines(client: SFNClient): Promise<void> {
  const roleArn = 'arn:aws:iam::000000000000:role/workflows';
  for (const machine of stateMachines) await client.send(new CreateStateMachineCommand({ ...machine, roleArn }));
}
