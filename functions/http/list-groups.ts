import { route } from '#functions/middleware/route';
import { listGroups } from '#store/groups';

/** `GET /groups`: the batch groups and their default priorities. */
export const handler = route('list-groups', async () => ({ items: await listGroups() }));
