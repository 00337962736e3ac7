import { route } from '#functions/middleware/route';
import { groupView } from '#functions/views';
import { setGroup } from '#store/groups';

/** `PUT /groups/{batchGroup}`: sets the priority of the group's later jobs that name no priority. */
export const handler = route('set-group', async (call) => {
  const changed = { changedBy: call.caller.user, changedByName: call.caller.name, changedAt: new Date().toISOString() };
  return groupView(await setGroup({ ...call.path, ...call.body, ...changed }), call.caller);
});
