/** Runs the real workflow `abort-job` on a clock turned by hand. The test answers the steps. */
import { join } from 'node:path';
import { SendTaskFailureCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { z } from 'zod';
import { CATALOG } from '#functions/catalog/catalog';
import { readWorkflows } from '#statemachines/definitions';
import { Trial, within } from '#test/support/local/stepfunctions-trial';

export const DRAIN_SECONDS = 900;
/** Three missed heartbeats of 11 s. No other time in the workflow has this length. */
export const HEARTBEAT_TIMEOUT_SECONDS = 33;

const payloadSchema = z.looseObject({
  abortId: z.string(),
  serverId: z.string().optional(),
  token: z.string().optional(),
});
export type StepCall = { readonly state: string } & z.infer<typeof payloadSchema>;
/** What a step does; it fails by throwing. Steps without an entry return undefined. */
export type Answers = Readonly<Record<string, (call: StepCall) => unknown>>;

/** One execution of the workflow. */
export class AbortTrial {
  readonly calls: StepCall[] = [];
  readonly #answers: Answers;
  readonly #taken = new Set<StepCall>();
  #called = Promise.withResolvers<void>();
  #trial: Trial | undefined;
  arn = '';

  private constructor(answers: Answers) {
    this.#answers = answers;
  }

  /** Starts the workflow for these servers. */
  static async start({ servers = ['one'], answers = {} }: { servers?: string[]; answers?: Answers } = {}) {
    const abort = new AbortTrial(answers);
    const definition = await readDefinition();
    abort.#trial = await Trial.start({ definition, lambda: (payload, name) => abort.#answer(payload, name) });
    const drainDeadline = new Date(abort.trial.clock.now() + DRAIN_SECONDS * 1000).toISOString();
    abort.arn = await abort.trial.run({ abortId: 'the-abort', serverIds: servers, drainDeadline });
    return abort;
  }

  get trial(): Trial {
    if (!this.#trial) throw new Error('The trial has not started.');
    return this.#trial;
  }

  /** Waits for the next call of the state's step that was not returned yet. */
  async called(state: string, serverId?: string): Promise<StepCall> {
    for (;;) {
      const found = this.calls.find(
        (call) => call.state === state && (serverId ?? call.serverId) === call.serverId && !this.#taken.has(call),
      );
      if (found) {
        this.#taken.add(found);
        return found;
      }
      await within(this.#called.promise, `a call of ${state}; there were ${this.states.join(', ')}`);
    }
  }

  get states(): string[] {
    return this.calls.map(({ state }) => state);
  }

  async succeed({ token }: StepCall): Promise<void> {
    await this.trial.sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
  }

  async fail({ token }: StepCall, error: string): Promise<void> {
    await this.trial.sfn.send(new SendTaskFailureCommand({ taskToken: token, error }));
  }

  async beat({ token }: StepCall): Promise<void> {
    await this.trial.sfn.send(new SendTaskHeartbeatCommand({ taskToken: token }));
  }

  turn(seconds: number): void {
    this.trial.clock.turn(seconds * 1000);
  }

  ended() {
    return this.trial.ended(this.arn);
  }

  /** The transitions that AWS bills: states entered, and attempts after the first. */
  async transitions(): Promise<number> {
    const types = await this.trial.types(this.arn);
    const entered = types.filter((type) => type.endsWith('StateEntered')).length;
    const attempts = types.filter((type) => type === 'TaskScheduled').length;
    const tasks = types.filter((type) => type === 'TaskStateEntered').length;
    return entered + attempts - tasks;
  }

  #answer(payload: unknown, functionArn: string): unknown {
    const call = { ...payloadSchema.parse(payload), state: stateOf(functionArn) };
    this.calls.push(call);
    this.#called.resolve();
    this.#called = Promise.withResolvers();
    return this.#answers[call.state]?.(call);
  }
}

async function readDefinition(): Promise<object> {
  const workflows = readWorkflows({
    directory: join(import.meta.dirname, '..', '..', '..', 'statemachines'),
    catalog: CATALOG,
    arnOf: (name) => name,
    drainSeconds: DRAIN_SECONDS,
    heartbeatSeconds: HEARTBEAT_TIMEOUT_SECONDS / 3,
  });
  return z.looseObject({}).parse(JSON.parse(workflows.find(({ name }) => name === 'abort-job')?.definition ?? ''));
}

function stateOf(functionName: string): string {
  const entry = CATALOG.find(({ name }) => name === functionName);
  return entry && 'step' in entry.calledBy ? entry.calledBy.step : functionName;
}
