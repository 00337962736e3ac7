import { Refusal } from '#domain/errors';
import { route } from '#functions/middleware/route';

/** `$default`: every request that no route of the catalog takes. */
export const handler = route('refuse-route', async (call) => {
  throw new Refusal(
    'NotFound',
    `There is no route ${call.method} ${call.rawPath}; GET /openapi.json lists the routes.`,
  );
});
