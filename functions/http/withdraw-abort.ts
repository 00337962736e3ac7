import { withdrawAbort } from '#engine/aborts/withdraw-abort';
import { fail } from '#engine/aws/callbacks';
import { byCaller, route } from '#functions/middleware/route';
import { abortView } from '#functions/views';

/** `POST /aborts/{abortId}/withdraw`: servers that still drain for the abort go back to work. */
export const handler = route('withdraw-abort', async (call) => {
  const at = new Date().toISOString();
  const { abort, tokens } = await withdrawAbort(call.path.abortId, { at, ...byCaller(call), ...call.body });
  await fail(tokens, 'Withdrawn');
  return abortView(abort);
});
