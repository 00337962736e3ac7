import { route } from '#functions/middleware/route';
import { listAudit } from '#store/reads/list-audit';

/** `GET /events`: what people did in the whole system, and how aborts ended. */
export const handler = route('list-audit', async ({ query }) => {
  const { type: types, ...rest } = query;
  const { events, ...page } = await listAudit({ types, ...rest });
  return { items: events, ...page };
});
