import { nothing } from '#domain/requests';
import { reply, route } from '#functions/middleware';
import { listFeatures } from '#store/features';

/** `GET /features`: the switches and who set them last. */
export const handler = route('list-features', { path: nothing, query: nothing, body: nothing }, async () =>
  reply(200, { items: await listFeatures() }),
);
