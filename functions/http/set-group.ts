import { setGroup } from '#engine/system/set-group';
import { authorOf, route } from '#functions/middleware/route';
import { groupView } from '#functions/views';

/** `PUT /groups/{batchGroup}`: sets the priority of the group's later jobs that name no priority. */
export const handler = route('set-group', async (call) => {
  const { batchGroup } = call.path;
  return groupView(await setGroup(batchGroup, call.body.defaultPriority, authorOf(call)), call.caller);
});
