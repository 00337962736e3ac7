import { route } from '#functions/middleware/route';
import { pageOf } from '#functions/pages';
import { serverViews } from '#functions/views';
import { readHoldings } from '#store/reads/holdings';

/** `GET /servers`: the servers and the tasks that they run, newest first. */
export const handler = route('list-servers', async ({ query }) => {
  // Several servers may start at the same moment: the id makes their places differ.
  return pageOf(serverViews(await readHoldings()), query, ({ startedAt, serverId }) => `${startedAt}#${serverId}`);
});
