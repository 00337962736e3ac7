import { listAbortsQuerySchema, nothing } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { abortView } from '#functions/views';
import { listAborts } from '#store/abort-list';

/** `GET /aborts?jobId=`: newest first. */
export const handler = route(
  'list-aborts',
  { path: nothing, query: listAbortsQuerySchema, body: nothing },
  async ({ query }) => {
    const { aborts, ...rest } = await listAborts(query.jobId, query);
    return reply(200, { items: await Promise.all(aborts.map(abortView)), ...rest });
  },
);
