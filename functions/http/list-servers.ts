import type { Holdings } from '#domain/aborts/planning';
import { effectiveStatus } from '#domain/jobs/effective';
import { MAX_PAGE_BYTES } from '#domain/limits';
import { route } from '#functions/middleware/route';
import { serverView } from '#functions/views';
import { readHoldings } from '#store/reads/holdings';

/** `GET /servers`: the servers and the tasks that they run, newest first. */
export const handler = route('list-servers', async ({ query: { cursor, limit } }) => {
  const servers = viewsOf(await readHoldings()).sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  const rest = cursor === undefined ? servers : servers.filter((server) => placeOf(server) < cursor);
  const items = pageOf(rest, limit);
  const last = items.at(-1);
  return { items, ...(last && items.length < rest.length ? { cursor: placeOf(last) } : {}) };
});

type ServerView = ReturnType<typeof serverView>;

function viewsOf({ servers, held, jobs }: Holdings): ServerView[] {
  return servers.map((server) => {
    const tasks = held.get(server.serverId) ?? [];
    const running = tasks.map((task) => ({
      ...task,
      status: effectiveStatus(task.status, jobs.get(task.jobId)?.status ?? 'Executing'),
    }));
    return serverView(server, running);
  });
}

/** With the id, because several servers may start at the same moment. */
function placeOf({ startedAt, serverId }: ServerView): string {
  return `${startedAt}#${serverId}`;
}

/** The first servers: up to the limit, and no more than fit into a reply. */
function pageOf(servers: readonly ServerView[], limit = servers.length): readonly ServerView[] {
  let bytes = 0;
  const fitting = servers.findIndex((server) => {
    bytes += Buffer.byteLength(JSON.stringify(server));
    return bytes >= MAX_PAGE_BYTES;
  });
  return servers.slice(0, fitting === -1 ? limit : Math.min(limit, fitting + 1));
}
