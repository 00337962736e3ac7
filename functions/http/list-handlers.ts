import { handlersOf } from '#domain/servers/server';
import { likelySeconds } from '#domain/tasks/run-times';
import { route } from '#functions/middleware/route';
import { readLiveServers } from '#store/fleet/live-servers';
import { readRunTimes } from '#store/run-times';

/** `GET /handlers`: the handlers of the live servers, by name, and how long they have taken. */
export const handler = route('list-handlers', async () => {
  const servers = handlersOf(await readLiveServers());
  const runTimes = await readRunTimes([...servers.keys()]);
  const items = [...servers].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    items: items.map(([name, count]) => ({
      name,
      servers: count,
      likelySeconds: likelySeconds(runTimes.get(name) ?? {}, 0),
    })),
  };
});
