/**
 * Why a call of a function fails. Workflows match the names.
 * Source: Step Functions Developer Guide, "Handling errors in Step Functions workflows" and "Handle transient Lambda
 * service exceptions"; Lambda API reference, "Invoke".
 */
import { MAX_RESULT_BYTES } from './limits.ts';
import type { FunctionError } from './messages.ts';

/** The function failed: it threw, or its process ended. */
export class FunctionFailed extends Error {
  override readonly name: string;

  constructor({ errorType, errorMessage, trace }: FunctionError) {
    super(errorMessage);
    this.name = errorType;
    this.stack = trace.join('\n');
  }
}

/** A function ran longer than its time-out. */
export class FunctionTimedOut extends Error {
  override readonly name = 'Sandbox.Timedout';

  constructor({ requestId, timeoutSeconds }: { readonly requestId: string; readonly timeoutSeconds: number }) {
    super(`RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`);
  }
}

/** The process of a function ended in the middle of a call. */
export class RuntimeExited extends Error {
  override readonly name: 'Runtime.ExitError' | 'Runtime.OutOfMemory';

  constructor(requestId: string, how: { readonly exit: string; readonly isOutOfMemory: boolean }) {
    super(`RequestId: ${requestId} Error: Runtime exited with error: ${how.exit}`);
    this.name = how.isOutOfMemory ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
  }
}

/** The function's result is too large. */
export class ResultTooLarge extends Error {
  override readonly name = 'Function.ResponseSizeTooLarge';

  constructor(bytes: number) {
    super(`Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${MAX_RESULT_BYTES} bytes).`);
  }
}

/** The event is too large; no function was called. */
export class EventTooLarge extends Error {
  override readonly name = 'Lambda.RequestTooLargeException';

  constructor(maxBytes: number) {
    super(`Request must be smaller than ${maxBytes} bytes for the InvokeFunction operation`);
  }
}

/** As many calls run as the account or the function may have; no function was called. */
export class TooManyRequests extends Error {
  override readonly name = 'Lambda.TooManyRequestsException';

  constructor() {
    super('Rate Exceeded.');
  }
}

/** There is no function of this name. */
export class UnknownFunction extends Error {
  override readonly name = 'Lambda.ResourceNotFoundException';

  constructor(name: string) {
    super(`There is no function "${name}".`);
  }
}
