import { nothing } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { listGroups } from '#store/groups';

/** `GET /groups`: the batch groups and their default priorities. */
export const handler = route('list-groups', { path: nothing, query: nothing, body: nothing }, async () =>
  reply(200, { items: await listGroups() }),
);
