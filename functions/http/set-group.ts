import { groupPathSchema, nothing, setGroupSchema } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { setGroup } from '#store/groups';

/** `PUT /groups/{batchGroup}`: sets the priority of the group's later jobs that name none. */
export const handler = route(
  'set-group',
  { path: groupPathSchema, query: nothing, body: setGroupSchema },
  async (call) => {
    const changed = { changedBy: call.caller.user, changedAt: new Date().toISOString() };
    return reply(200, await setGroup({ ...call.path, ...call.body, ...changed }));
  },
);
