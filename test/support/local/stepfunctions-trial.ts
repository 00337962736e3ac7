/** Runs the Step Functions stand-in for tests: a clock turned by hand, and the SDK's client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Clock } from '#local/aws/stepfunctions/clock';
import { startStepFunctions } from '#local/aws/stepfunctions/stepfunctions';

export const LAMBDA = 'arn:aws:states:::lambda:invoke';
export const CALLBACK = `${LAMBDA}.waitForTaskToken`;
const LIMIT_MS = 20_000;

/** A clock that only `turn` moves. */
export class TurnedClock implements Clock {
  #now = Date.parse('2030-01-01T00:00:00Z');
  #timers: { due: number; ms: number; callback: () => void }[] = [];
  #waiting: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  setTimer(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, ms, callback };
    this.#timers.push(timer);
    for (const wake of this.#waiting.splice(0)) wake();
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  turn(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter((each) => each.due <= this.#now).sort((one, other) => one.due - other.due);
    this.#timers = this.#timers.filter((each) => !due.includes(each));
    for (const { callback } of due) callback();
  }

  /** The delays of the timers that are running, in ms. */
  get delays(): number[] {
    return this.#timers.map(({ ms }) => ms);
  }

  /** Waits until a timer of this delay is running. */
  async armed(ms: number): Promise<void> {
    while (!this.delays.includes(ms)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await within(promise, `a timer of ${ms} ms; there are ${this.delays.join(', ')}`);
    }
  }
}

/** The promise's value. Fails with `what` when it does not settle within the limit. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} did not come within ${LIMIT_MS} ms.`)), LIMIT_MS);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export type Lambda = (payload: unknown, functionName: string) => unknown;
type TrialOptions = {
  states?: Record<string, object>;
  definition?: object;
  lambda?: Lambda;
  journalDirectory?: string;
  realTime?: boolean;
  mannersSeed?: number;
  /** The clock of an earlier trial, turned meanwhile. */
  clock?: TurnedClock;
};

/** A running service with one state machine called `trial`. */
export class Trial {
  clock = new TurnedClock();
  readonly log: string[] = [];
  readonly arn = 'arn:aws:states:us-east-1:000000000000:stateMachine:trial';
  url = '';
  sfn = new SFNClient({});
  #close: () => Promise<void> = async () => undefined;
  static readonly #open = new Set<Trial>();

  static async start(options: TrialOptions): Promise<Trial> {
    const trial = new Trial();
    trial.clock = options.clock ?? trial.clock;
    const { states = {}, lambda = (payload) => payload } = options;
    const definition = options.definition ?? definitionOf(states);
    const service = await startStepFunctions({
      port: 0,
      stateMachines: [{ name: 'trial', definition: JSON.stringify(definition) }],
      invoke: async (functionName, payload) => lambda(payload, functionName),
      log: (line) => trial.log.push(line),
      ...(options.realTime ? {} : { clock: trial.clock }),
      ...(options.mannersSeed === undefined ? {} : { mannersSeed: options.mannersSeed }),
      ...(options.journalDirectory === undefined ? {} : { journalDirectory: options.journalDirectory }),
    });
    trial.url = service.url;
    trial.sfn = clientOf(service.url);
    trial.#close = () => service.close();
    Trial.#open.add(trial);
    return trial;
  }

  async run(input: unknown = {}, name?: string): Promise<string> {
    const command = new StartExecutionCommand({ stateMachineArn: this.arn, name, input: JSON.stringify(input) });
    return String((await this.sfn.send(command)).executionArn);
  }

  /** Polls until the execution has ended. */
  async ended(executionArn: string): Promise<DescribeExecutionCommandOutput & { value: unknown }> {
    const until = Date.now() + LIMIT_MS;
    for (;;) {
      const found = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (found.status !== 'RUNNING') {
        return { ...found, value: found.output === undefined ? undefined : JSON.parse(found.output) };
      }
      if (Date.now() > until)
        throw new Error(`The execution did not end: ${JSON.stringify(await this.types(executionArn))}`);
    }
  }

  async runToEnd(input: unknown = {}) {
    return this.ended(await this.run(input));
  }

  async history(executionArn: string): Promise<HistoryEvent[]> {
    const page = await this.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    return page.events ?? [];
  }

  async types(executionArn: string): Promise<string[]> {
    return (await this.history(executionArn)).map(({ type }) => String(type));
  }

  async close(): Promise<void> {
    if (!Trial.#open.delete(this)) return;
    this.sfn.destroy();
    await this.#close();
  }

  /** Closes the trials that a failed test has left open. */
  static async closeAll(): Promise<void> {
    for (const trial of [...Trial.#open]) await trial.close();
  }
}

/** The SDK's client for this endpoint. */
export function clientOf(endpoint: string, maxAttempts = 1): SFNClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SFNClient({ endpoint, region: 'us-east-1', credentials, maxAttempts });
}

/** A definition of these states that starts with the first one. */
export function definitionOf(states: Record<string, object>): object {
  return { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states };
}

/** A Task whose Lambda gets this payload. */
export function invoking(payload: unknown, rest: object = { End: true }): object {
  return { Type: 'Task', Resource: LAMBDA, Arguments: { FunctionName: 'step', Payload: payload }, ...rest };
}

/** A Task whose Lambda gets `{token}`. */
export function awaiting(rest: object = {}): object {
  const Arguments = { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } };
  return { Type: 'Task', Resource: CALLBACK, Arguments, End: true, ...rest };
}

/** An error with this name, as a Lambda throws it. */
export function errorNamed(name: string, message = `${name} happened`): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** Runs the test with a temporary directory. */
export async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'stepfunctions-'));
  try {
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
