import { withdrawAbort } from '#engine/aborts/withdraw-abort';
import { authorOf, route } from '#functions/middleware/route';
import { abortView } from '#functions/views';

/** `POST /aborts/{abortId}/withdraw`: servers that still drain for the abort go back to work. */
export const handler = route('withdraw-abort', async (call) => {
  return abortView(await withdrawAbort(call.path.abortId, { ...authorOf(call), ...call.body }), call.caller);
});
