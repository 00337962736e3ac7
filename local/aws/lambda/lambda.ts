/** Lambda on this machine: loads functions, and invokes them by name. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { arnOf, nameOf } from './arns.ts';
import { FunctionTimedOut, UnknownFunction } from './errors.ts';
import { MAX_EVENT_BYTES } from './limits.ts';
import { eventText, parseResult } from './payload.ts';

/** A function before it is loaded. */
export type LambdaFunction = {
  readonly name: string;
  readonly timeoutSeconds: number;
  /** Returns the module that exports the `handler`. */
  readonly load: () => Promise<unknown>;
};

/** Calls a function with an event and returns its result. Both pass through JSON, as on AWS. */
export type Invoke = (name: string, event: unknown) => Promise<unknown>;

/** The loaded functions, by name and by ARN. */
export type Functions = { readonly invoke: Invoke; arnOf(name: string): string; nameOf(arn: string): string };

type Handler = (event: unknown, context: object) => unknown;
type Loaded = { readonly name: string; readonly timeoutSeconds: number; readonly handler: Handler };

const moduleSchema = z.object({
  handler: z.custom<Handler>((value) => typeof value === 'function', 'must be an exported function'),
});

class FunctionNotLoaded extends Error {
  override readonly name = 'FunctionNotLoaded';
}

/**
 * Loads the functions. `invoke` rejects with the function's own error, or one of `errors.ts`.
 * @throws FunctionNotLoaded naming the first function that cannot be loaded
 */
export async function loadFunctions(functions: readonly LambdaFunction[]): Promise<Functions> {
  const loaded = await Promise.all(functions.map(async (each) => [each.name, await loadOne(each)] as const));
  const byName = new Map(loaded);
  return {
    arnOf,
    nameOf,
    invoke: async (name, event) => {
      const found = byName.get(name);
      if (found === undefined) throw new UnknownFunction(name);
      return await invoke(found, JSON.parse(eventText(event, MAX_EVENT_BYTES)));
    },
  };
}

async function loadOne({ name, timeoutSeconds, load }: LambdaFunction): Promise<Loaded> {
  try {
    const { handler } = moduleSchema.parse(await load());
    return { name, timeoutSeconds, handler };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new FunctionNotLoaded(`The function "${name}" cannot be loaded: ${reason}`, { cause: error });
  }
}

async function invoke(loaded: Loaded, event: unknown): Promise<unknown> {
  const timeout = new AbortController();
  const timeoutMs = loaded.timeoutSeconds * 1000;
  const requestId = randomUUID();
  const context = contextOf({ name: loaded.name, requestId, deadline: performance.now() + timeoutMs });
  try {
    const result = await Promise.race([
      loaded.handler(event, context),
      sleep(timeoutMs, undefined, { signal: timeout.signal }).then(() => {
        throw new FunctionTimedOut({ requestId, timeoutSeconds: loaded.timeoutSeconds });
      }),
    ]);
    return parseResult(JSON.stringify(result ?? null));
  } finally {
    timeout.abort();
  }
}

type ContextParts = { readonly name: string; readonly requestId: string; readonly deadline: number };

function contextOf({ name, requestId, deadline }: ContextParts): object {
  return {
    awsRequestId: requestId,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: arnOf(name),
    memoryLimitInMB: '512',
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}
