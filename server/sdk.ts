/** The module `lastcall/sdk` for those who write handlers. `docs/handlers.md` is its guide. */

/** The server's zod, for a handlers file in a place where no `zod` is installed. */
export { z } from 'zod';

/** A schema of any library that implements Standard Schema v1 (https://standardschema.dev): zod, valibot, arktype. */
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

/** Why a handler should end early; the name of `context.signal.reason`. */
export type TellReason = 'Cancelling' | 'TimedOut' | 'ServerStopping';

export type Context = {
  /** Aborted when the handler should end early; `reason.name` is a `TellReason`. The handler may ignore it. */
  readonly signal: AbortSignal;
  readonly jobId: string;
  readonly taskId: string;
  /** From 1; a retry or a restart is the next attempt. */
  readonly attempt: number;
  /** Writes one line to the server's log, with the ids of job and task. `fields` must be JSON. */
  readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
};

/**
 * Where a handler runs. `process`: in a process of the slot's own, which is kept between attempts and replaced when one
 * leaves anything behind; a forced stop ends everything. `thread`: in a thread of the server, which starts sooner, and
 * which native code can keep from ending.
 */
export type Isolation = 'thread' | 'process';

export type Handler = {
  readonly name: string;
  readonly isolation: Isolation;
  readonly input?: StandardSchema | undefined;
  run(input: unknown, context: Context): unknown;
};

export type Command = {
  readonly name: string;
  readonly command: readonly string[];
  /** Sent to the program on a cancel. Without it a cancel lets the program run to its end. */
  readonly cancelSignal?: 'SIGTERM' | 'SIGINT' | 'SIGUSR1' | 'SIGUSR2' | undefined;
  /** What stdout has: the result as `json` (or nothing), or `text` for the log, and then the result is null. */
  readonly output?: 'json' | 'text' | undefined;
};

type HandlerDefinition<Input> = {
  readonly name: string;
  readonly isolation?: Isolation;
  readonly input?: StandardSchema<Input>;
  run(input: Input, context: Context): unknown;
};

/**
 * Declares a handler. `run` receives the task's input as its schema returns it (unknown without a schema). It returns a
 * JSON value of at most `MAX_RESULT_BYTES`, nothing, or a promise of these. Whatever it throws is the task's error.
 */
export function defineHandler<Input = unknown>(definition: HandlerDefinition<Input>): Handler {
  return { isolation: 'process', ...definition };
}

/**
 * Declares a program in any language as a handler; it always runs in its own process group. It reads the task's input
 * as JSON from stdin, and its environment has LASTCALL_JOB_ID, LASTCALL_TASK_ID and LASTCALL_ATTEMPT. Its stdout is the
 * result, as JSON. A non-zero exit code is an error with the end of its stderr.
 */
export function defineCommand(definition: Command): Command {
  return definition;
}
