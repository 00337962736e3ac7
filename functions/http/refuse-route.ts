import { Refusal } from '#domain/errors';
import { methodsOf } from '#functions/catalog/methods';
import { route } from '#functions/middleware/route';

/** `$default`: every request that no route of the catalog takes. A known path with another method is 405. */
export const handler = route('refuse-route', async ({ method, rawPath }) => {
  const allow = methodsOf(rawPath);
  if (allow.length > 0) {
    const detail = `${rawPath} does not take ${method}; use ${allow.join(' or ')}.`;
    throw new Refusal('MethodNotAllowed', detail, { allow: allow.join(', ') });
  }
  throw new Refusal('NotFound', `There is no route ${method} ${rawPath}; GET /openapi.json lists the routes.`);
});
