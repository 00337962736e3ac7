import { abortPathSchema, nothing } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { abortView } from '#functions/views';
import { getAbort } from '#store/aborts';

/** `GET /aborts/{abortId}`: one abort, with what became of each task. */
export const handler = route('get-abort', { path: abortPathSchema, query: nothing, body: nothing }, async ({ path }) =>
  reply(200, await abortView(await getAbort(path.abortId))),
);
