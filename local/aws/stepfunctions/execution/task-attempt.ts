import { z } from 'zod';
import { eventData } from '#local/aws/stepfunctions/history';
import { MAX_PAYLOAD_BYTES, payloadBytes } from '#local/aws/stepfunctions/limits';
import type { OpenTask } from './execution.ts';
import { type Failure, failureSchema, lambdaFailure } from './failures.ts';
import type { Frame } from './frame.ts';
import { dataLimitFailure } from './visit.ts';

/** What an attempt was scheduled with. With a token it waits for a callback. `at` is epoch milliseconds. */
export const scheduledSchema = z.object({
  arguments: z.object({ FunctionName: z.string(), Payload: z.unknown().optional() }),
  at: z.number(),
  token: z.string().optional(),
  timeoutSeconds: z.number().optional(),
  heartbeatSeconds: z.number().optional(),
});
/** The recorded start of an attempt. */
export type Scheduled = z.infer<typeof scheduledSchema>;

export const endedSchema = z.object({ result: z.unknown(), failure: failureSchema.optional() });
type Ended = z.infer<typeof endedSchema>;

type Resource = { readonly resourceType: string; readonly resource: string };
type AttemptOptions = {
  readonly frame: Frame;
  readonly number: number;
  readonly resource: Resource;
  readonly scheduled: Scheduled;
};

/**
 * One attempt of a Task, until its outcome is recorded: the Lambda's result, the callback's, or a time-out.
 *
 * A resumed attempt invokes its Lambda again, with the whole time-out. With a callback it keeps its token and the rest
 * of its time-out, because time went on meanwhile; it invokes the Lambda only if that had not returned. Its heartbeat
 * interval starts again, because the sender may have died with the process.
 */
export class TaskAttempt implements OpenTask {
  readonly #options: AttemptOptions;
  readonly #timers = new Map<string, () => void>();
  readonly #outcome = Promise.withResolvers<Ended>();
  #over = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
  }

  /** Rejects with the signal's reason when the execution ends or stops first. */
  run(): Promise<Ended> {
    const { frame, scheduled } = this.#options;
    frame.signal.throwIfAborted();
    frame.signal.addEventListener('abort', this.#halt);
    if (scheduled.token !== undefined) frame.execution.openTasks.set(scheduled.token, this);
    const since = scheduled.token === undefined ? frame.host.clock.now() : scheduled.at;
    const leftMs = this.#timeoutLeftMs(since);
    if (leftMs !== undefined && leftMs <= 0) this.#timeOut('States.Timeout');
    else this.#begin(leftMs);
    return this.#outcome.promise;
  }

  /** The callback's success. */
  succeed(output: unknown): void {
    this.#end({ result: output }, 'TaskSucceeded', eventData('output', output));
  }

  /** The callback's failure, or the Lambda's. */
  fail(failure: Failure): void {
    this.#end({ result: null, failure }, 'TaskFailed', failure);
  }

  /** Restarts the heartbeat interval. */
  heartbeat(): void {
    const { heartbeatSeconds } = this.#options.scheduled;
    if (heartbeatSeconds === undefined) return;
    this.#arm('heartbeat', heartbeatSeconds * 1000, 'States.HeartbeatTimeout');
  }

  #begin(timeoutLeftMs: number | undefined): void {
    if (timeoutLeftMs !== undefined) this.#arm('timeout', timeoutLeftMs, 'States.Timeout');
    this.heartbeat();
    const { frame, number, scheduled } = this.#options;
    const submitted = frame.recall(`submitted.${number}`, z.unknown());
    if (submitted === undefined) void this.#invoke(scheduled.arguments);
  }

  async #invoke({ FunctionName, Payload = {} }: Scheduled['arguments']): Promise<void> {
    try {
      this.#returned((await this.#options.frame.host.invoke(FunctionName, Payload)) ?? null);
    } catch (error) {
      // A result that is not JSON ends here too: to the workflow the Lambda failed.
      this.fail(lambdaFailure(error));
    }
  }

  #returned(payload: unknown): void {
    if (this.#over) return;
    const { frame, number, resource, scheduled } = this.#options;
    const result = { ExecutedVersion: '$LATEST', Payload: JSON.parse(JSON.stringify(payload)), StatusCode: 200 };
    if (payloadBytes(result.Payload) > MAX_PAYLOAD_BYTES) this.fail(dataLimitFailure('lambda').failure);
    else if (scheduled.token === undefined) this.succeed(result);
    else {
      const details = { ...resource, ...eventData('output', result) };
      frame.write(`submitted.${number}`, true, { type: 'TaskSubmitted', details });
    }
  }

  #timeOut(error: string): void {
    this.#end({ result: null, failure: { error } }, 'TaskTimedOut', { error });
  }

  #timeoutLeftMs(since: number): number | undefined {
    const { timeoutSeconds } = this.#options.scheduled;
    return timeoutSeconds && since + timeoutSeconds * 1000 - this.#options.frame.host.clock.now();
  }

  #arm(name: string, ms: number, error: string): void {
    this.#timers.get(name)?.();
    this.#timers.set(
      name,
      this.#options.frame.host.clock.setTimer(ms, () => this.#timeOut(error)),
    );
  }

  /** The first outcome counts; it is recorded before it is reported. Later ones are dropped. */
  #end(ended: Ended, type: string, details: Record<string, unknown>): void {
    if (this.#over) return;
    const { frame, number, resource } = this.#options;
    this.#close();
    try {
      frame.write(`ended.${number}`, ended, { type, details: { ...resource, ...details } });
      this.#outcome.resolve(ended);
    } catch (error) {
      this.#outcome.reject(error);
    }
  }

  readonly #halt = (): void => {
    this.#close();
    this.#outcome.reject(this.#options.frame.signal.reason);
  };

  #close(): void {
    const { frame, scheduled } = this.#options;
    this.#over = true;
    for (const cancel of this.#timers.values()) cancel();
    frame.signal.removeEventListener('abort', this.#halt);
    if (scheduled.token !== undefined) frame.execution.openTasks.delete(scheduled.token);
  }
}
