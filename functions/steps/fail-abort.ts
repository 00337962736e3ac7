import * as z from 'zod';
import { MAX_ERROR_CHARACTERS } from '#domain/limits';
import { failAbort } from '#engine/aborts/fail-abort';
import { step } from '#functions/middleware/base';

const lambdaErrorSchema = z.object({ errorMessage: z.string() });

/** State `FailAbort` of `abort-job`: fails the abort; servers that it will not stop go back to work. Idempotent. */
export const handler = step('fail-abort', async ({ abortId, step, reason }) => {
  // DynamoDB refuses half of a surrogate pair, which a cut can leave.
  const kept = readable(reason).slice(0, MAX_ERROR_CHARACTERS).toWellFormed();
  await failAbort(abortId, { step, reason: kept });
});

/** A workflow writes an error as `Name: cause`. A Lambda's cause is JSON with its stack; people need its message. */
function readable(reason: string): string {
  const [, name = '', cause = ''] = /^([^:]*: )(.*)$/s.exec(reason) ?? [];
  try {
    return name + lambdaErrorSchema.parse(JSON.parse(cause)).errorMessage;
  } catch {
    // Not a Lambda's error: it is kept as it is.
    return reason;
  }
}
