import { route } from '#functions/middleware/route';
import { abortView } from '#functions/views';
import { mapInParallel } from '#store/in-parallel';
import { listAborts } from '#store/reads/list-aborts';

const ABORTS_AT_ONCE = 16;

/** `GET /aborts?jobId=`: newest first. */
export const handler = route('list-aborts', async ({ query, caller }) => {
  const { aborts, ...rest } = await listAborts(query.jobId, query);
  return { items: await mapInParallel(aborts, ABORTS_AT_ONCE, (abort) => abortView(abort, caller)), ...rest };
});
