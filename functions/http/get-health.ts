import { nothing } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { VERSION } from '#functions/version';

/** `GET /health`: the API answers. */
export const handler = route('get-health', { path: nothing, query: nothing, body: nothing }, async () =>
  reply(200, { status: 'ok', version: VERSION }),
);
