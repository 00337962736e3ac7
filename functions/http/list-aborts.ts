import { route } from '#functions/middleware/route';
import { abortView } from '#functions/views';
import { listAborts } from '#store/reads/list-aborts';

/** `GET /aborts?jobId=`: newest first. */
export const handler = route('list-aborts', async ({ query }) => {
  const { aborts, ...rest } = await listAborts(query.jobId, query);
  return { items: await Promise.all(aborts.map(abortView)), ...rest };
});
