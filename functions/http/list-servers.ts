import { route } from '#functions/middleware/route';
import { serverViews } from '#functions/views';
import { readServerPage } from '#store/fleet/server-pages';

/** `GET /servers`: the servers and the tasks that they run; those that stopped a while ago come last. */
export const handler = route('list-servers', async ({ query }) => {
  const { cursor, ...page } = await readServerPage(query);
  return { items: serverViews(page), ...(cursor === undefined ? {} : { cursor }) };
});
