import { z } from 'zod';
import { MAX_ERROR_CHARACTERS } from '#domain/limits';
import { failAbort } from '#engine/aborts/fail-abort';

const inputSchema = z.object({ abortId: z.string(), step: z.string(), reason: z.string() });
const lambdaErrorSchema = z.object({ errorMessage: z.string() });

/**
 * State `FailAbort` of `abort-job`: ends the abort as failed; servers that will not be stopped for it go back to work. Running it again does no
 * harm.
 */
export async function handler(event: unknown): Promise<void> {
  const { abortId, step, reason } = inputSchema.parse(event);
  // DynamoDB takes no half of a surrogate pair, such as a cut can leave.
  const kept = readable(reason).slice(0, MAX_ERROR_CHARACTERS).toWellFormed();
  await failAbort(abortId, { step, reason: kept });
}

/** A workflow gives an error as `Name: cause`, and the cause of a Lambda's error is its JSON with the whole stack: people need its message. */
function readable(reason: string): string {
  const [, name = '', cause = ''] = /^([^:]*: )(.*)$/s.exec(reason) ?? [];
  try {
    return name + lambdaErrorSchema.parse(JSON.parse(cause)).errorMessage;
  } catch {
    // Not a Lambda's error: it stands as it is.
    return reason;
  }
}
