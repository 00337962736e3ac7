import { abortPathSchema, nothing, withdrawAbortSchema } from '#domain/requests';
import { fail } from '#functions/callbacks';
import { byCaller, reply, route } from '#functions/middleware';
import { abortView } from '#functions/views';
import { withdrawAbort } from '#store/withdrawal';

/** `POST /aborts/{abortId}/withdraw`: servers that still drain for the abort go back to work. */
export const handler = route(
  'withdraw-abort',
  { path: abortPathSchema, query: nothing, body: withdrawAbortSchema },
  async (call) => {
    const at = new Date().toISOString();
    const { abort, tokens } = await withdrawAbort(call.path.abortId, { at, ...byCaller(call), ...call.body });
    await fail(tokens, 'Withdrawn');
    return reply(202, await abortView(abort));
  },
);
