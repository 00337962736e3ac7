/**
 * The program of an execution environment, like the Node.js runtime of Lambda: it loads the function's file, and then
 * handles one call after the other. It replies when the handler's promise settles, whatever else is still under way:
 * Lambda freezes the process then, and the rest goes on at the next call.
 * Source: Lambda Developer Guide, "Define Lambda function handler in Node.js".
 */
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { type Call, callSchema, type FunctionError, type Report } from './messages.ts';

type Handler = (event: unknown, context: object) => unknown;

const moduleSchema = z.object({ handler: z.custom<Handler>((value) => typeof value === 'function') });
/** The exit codes of the Node.js runtime. */
const EXIT_CODES = { failedToLoad: 1, unhandledRejection: 128, uncaughtException: 129 };
const [file = ''] = process.argv.slice(2);

process.on('uncaughtException', (error) => fail(errorOf(error), EXIT_CODES.uncaughtException));
process.on('unhandledRejection', (reason) => {
  const errorType = 'Runtime.UnhandledPromiseRejection';
  fail({ ...errorOf(reason), errorType }, EXIT_CODES.unhandledRejection);
});
try {
  const { handler } = moduleSchema.parse(await import(pathToFileURL(file).href));
  process.on('message', (message) => void answer(handler, callSchema.parse(message)));
  report({ type: 'ready' });
} catch (error) {
  fail(errorOf(error), EXIT_CODES.failedToLoad);
}

async function answer(handler: Handler, call: Call): Promise<void> {
  try {
    const result = await handler(JSON.parse(call.event), contextOf(call));
    report({ type: 'returned', result: JSON.stringify(result === undefined ? null : result) });
  } catch (error) {
    report({ type: 'failed', error: errorOf(error), isFatal: false });
  }
}

function contextOf({ requestId, functionArn, deadlineMs }: Call): object {
  return {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

function errorOf(thrown: unknown): FunctionError {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
}

function fail(error: FunctionError, exitCode: number): void {
  console.error(JSON.stringify(error));
  report({ type: 'failed', error, isFatal: true }, () => process.exit(exitCode));
}

function report(message: Report, then?: () => void): void {
  process.send?.(message, undefined, undefined, then);
}
