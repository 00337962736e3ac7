import { route } from '#functions/middleware/route';
import { groupView } from '#functions/views';
import { listGroups } from '#store/groups';

/** `GET /groups`: the batch groups and their default priorities. */
export const handler = route('list-groups', async ({ caller }) => ({
  items: (await listGroups()).map((item) => groupView(item, caller)),
}));
