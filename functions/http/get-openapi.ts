import { nothing } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { describeApi } from '#functions/openapi';

/** `GET /openapi.json`: this API, described in OpenAPI 3.1. */
export const handler = route('get-openapi', { path: nothing, query: nothing, body: nothing }, async () =>
  reply(200, describeApi()),
);
