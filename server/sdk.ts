/** What writers of handlers import as `lastcall/sdk`. `docs/handlers.md` is its guide. */

/** A zod schema of one's own, for a handlers file that lies where no `zod` is installed. */
export { z } from 'zod';

/** What a schema library must offer: Standard Schema v1 (https://standardschema.dev), which zod, valibot and arktype do. */
export type StandardSchema<Output = unknown> = {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  };
};
type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };
type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
};

/** Why a handler is told to end early; the name of `context.signal.reason`. */
export type TellReason = 'Cancelling' | 'TimedOut' | 'ServerStopping';

export type Context = {
  /** Aborted when the handler is told to end early; `reason.name` is a `TellReason`. Ending early is the handler's own choice. */
  readonly signal: AbortSignal;
  readonly jobId: string;
  readonly taskId: string;
  /** From 1; a retry or a restart is the next attempt. */
  readonly attempt: number;
  /** Writes one line to the server's log, with the ids of job and task. `fields` must be JSON. */
  readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
};

/** `thread`: in the slot's thread, kept between tasks. `process`: in a process group of its own, which a forced stop always ends. */
export type Isolation = 'thread' | 'process';

export type Handler = {
  readonly name: string;
  readonly isolation: Isolation;
  readonly input?: StandardSchema | undefined;
  run(input: unknown, context: Context): unknown;
};

export type Command = { readonly name: string; readonly command: readonly string[] };

type HandlerDefinition<Input> = {
  readonly name: string;
  readonly isolation?: Isolation;
  readonly input?: StandardSchema<Input>;
  run(input: Input, context: Context): unknown;
};

/**
 * Declares a handler. `run` gets the task's input as its schema returns it (unknown without a schema), and returns
 * a JSON value of at most `MAX_RESULT_BYTES`, nothing, or a promise of these. Whatever it throws is the task's error.
 */
export function defineHandler<Input = unknown>(definition: HandlerDefinition<Input>): Handler {
  return { isolation: 'thread', ...definition };
}

/**
 * Declares a program in any language as a handler; it always runs in a process group of its own. It gets the task's
 * input as JSON on stdin, and LASTCALL_JOB_ID, LASTCALL_TASK_ID and LASTCALL_ATTEMPT in its environment; on a cancel
 * it gets SIGTERM. Its stdout, if JSON, is the result; a non-zero exit is an error with the tail of its stderr.
 */
export function defineCommand(definition: Command): Command {
  return definition;
}
