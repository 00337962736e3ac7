/** A function as its own program. */
import { OLD_SPACE_SHARE, SEMI_SPACE_SHARE } from './limits.ts';

/** What Lambda must know of a function that runs in environments of its own. */
export type FunctionProgram = {
  readonly name: string;
  /** Of the module that exports the `handler`. */
  readonly file: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Calls at once that only this function may have, and no more than these. */
  readonly reservedConcurrency?: number;
};

const VERSION = '$LATEST';

/**
 * The variables that Lambda itself sets.
 * Source: Lambda Developer Guide, "Working with Lambda environment variables".
 */
export function variablesOf({ name, memoryMb }: FunctionProgram): Record<string, string> {
  return {
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: VERSION,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    // Node's own: code that was compiled before starts sooner.
    ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
  };
}

/** V8 gets parts of the function's memory. The rest is for buffers and the process itself. */
export function heapOptions({ memoryMb }: FunctionProgram): string[] {
  return [
    `--max-old-space-size=${Math.floor(memoryMb * OLD_SPACE_SHARE)}`,
    `--max-semi-space-size=${Math.floor(memoryMb * SEMI_SPACE_SHARE)}`,
  ];
}
