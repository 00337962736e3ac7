import { effectiveStatus } from '#domain/effective';
import { route } from '#functions/middleware';
import { serverView } from '#functions/views';
import { readHoldings } from '#store/holdings';

/** `GET /servers`: the servers and what they run, those that started last first. */
export const handler = route('list-servers', async () => {
  const { servers, held, jobs } = await readHoldings();
  const items = servers.map((server) => {
    const tasks = held.get(server.serverId) ?? [];
    const running = tasks.map((task) => ({
      ...task,
      status: effectiveStatus(task.status, jobs.get(task.jobId)?.status ?? 'Executing'),
    }));
    return serverView(server, running);
  });
  return { items: items.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)) };
});
