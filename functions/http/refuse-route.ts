import { Refusal } from '#domain/errors';
import { route } from '#functions/middleware/route';

/** `$default`: whatever no route of the catalog is for. */
export const handler = route('refuse-route', async (call) => {
  throw new Refusal(
    'NotFound',
    `There is no route ${call.method} ${call.rawPath}; GET /openapi.json lists those that there are.`,
  );
});
