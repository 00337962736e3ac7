import { route } from '#functions/middleware/route';
import { abortView } from '#functions/views';
import { getAbort } from '#store/aborts';

/** `GET /aborts/{abortId}`: one abort, with the outcome of each task. */
export const handler = route('get-abort', async ({ path, caller }) => abortView(await getAbort(path.abortId), caller));
