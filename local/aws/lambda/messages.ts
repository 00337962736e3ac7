/** What Lambda and the runtime in an execution environment send to each other. */
import { z } from 'zod';

const functionErrorSchema = z.object({ errorType: z.string(), errorMessage: z.string(), trace: z.array(z.string()) });

/** An error as a function's reply carries it. */
export type FunctionError = z.infer<typeof functionErrorSchema>;

/** A call of the function. */
export const callSchema = z.object({
  requestId: z.string(),
  functionArn: z.string(),
  /** Epoch milliseconds. */
  deadlineMs: z.number(),
  /** JSON. */
  event: z.string(),
});
/** The order of a call. */
export type Call = z.infer<typeof callSchema>;

/** The runtime is ready for the first call; a call has its result, as JSON; or the start or a call has failed. */
export const reportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('returned'), result: z.string() }),
  /** After a fatal error the process exits. */
  z.object({ type: z.literal('failed'), error: functionErrorSchema, isFatal: z.boolean() }),
]);
/** A report of the runtime. */
export type Report = z.infer<typeof reportSchema>;
