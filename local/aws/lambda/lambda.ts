/** Lambda on this machine: loads the functions of a catalog, and invokes them by name. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { type CatalogEntry, folderOf } from '#functions/catalog/catalog';

/** Calls a function with an event and waits for its result; both pass through JSON, as on AWS. */
export type Invoke = (name: string, event: unknown) => Promise<unknown>;

export type Functions = { readonly invoke: Invoke; arnOf(name: string): string; nameOf(arn: string): string };

type Handler = (event: unknown, context: object) => unknown;
type Setup = {
  readonly catalog: readonly CatalogEntry[];
  /** Gives the module of an entry; by default the file in its folder of `functions/`. */
  readonly load?: (entry: CatalogEntry) => Promise<unknown>;
};

/** The name of the error of a function that did not end within its timeout. */
export const TIMED_OUT = 'Sandbox.Timedout';

const ARN_PREFIX = 'arn:aws:lambda:us-east-1:000000000000:function:';
const FunctionModule = z.object({
  handler: z.custom<Handler>((value) => typeof value === 'function', 'must be an exported function'),
});

/** Loads all functions of the catalog. Throws with the function's name where one cannot be loaded. */
export async function loadFunctions({ catalog, load = functionFile }: Setup): Promise<Functions> {
  const loaded = await Promise.all(catalog.map(async (entry) => [entry.name, await loadOne(entry, load)] as const));
  const functions = new Map(loaded);
  return {
    arnOf: (name) => ARN_PREFIX + name,
    nameOf: (arn) => arn.slice(arn.startsWith(ARN_PREFIX) ? ARN_PREFIX.length : 0),
    invoke: async (name, event) => {
      const found = functions.get(name);
      if (found === undefined) throw new Error(`There is no function "${name}" in the catalog.`);
      return await invoke(found, event);
    },
  };
}

type Loaded = { readonly entry: CatalogEntry; readonly handler: Handler };

async function loadOne(entry: CatalogEntry, load: (entry: CatalogEntry) => Promise<unknown>): Promise<Loaded> {
  try {
    const { handler } = FunctionModule.parse(await load(entry));
    return { entry, handler };
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`The function "${entry.name}" cannot be loaded: ${reason}`, { cause: error });
  }
}

/** The module of an entry: its file in `functions/`. */
export async function functionFile(entry: CatalogEntry): Promise<unknown> {
  return await import(`#functions/${folderOf(entry)}/${entry.name}`);
}

async function invoke({ entry, handler }: Loaded, event: unknown): Promise<unknown> {
  const timeout = new AbortController();
  const timeoutMs = entry.timeoutSeconds * 1000;
  const context = contextOf(entry.name, performance.now() + timeoutMs);
  try {
    const result = await Promise.race([
      handler(throughJson(event), context),
      wait(timeoutMs, undefined, { signal: timeout.signal }).then(() => {
        throw timedOut(entry);
      }),
    ]);
    return throughJson(result);
  } finally {
    timeout.abort();
  }
}

function timedOut({ name, timeoutSeconds }: CatalogEntry): Error {
  const error = new Error(`The function "${name}" timed out after ${timeoutSeconds} seconds.`);
  error.name = TIMED_OUT;
  return error;
}

function contextOf(name: string, deadline: number): object {
  return {
    awsRequestId: randomUUID(),
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: ARN_PREFIX + name,
    memoryLimitInMB: '512',
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}

function throughJson(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
