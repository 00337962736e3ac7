import { z } from 'zod';
import { Refusal } from '#domain/errors';
import { route } from '#functions/middleware';

const anything = z.unknown();

/** `$default`: whatever no route of the catalog is for. */
export const handler = route('refuse-route', { path: anything, query: anything, body: anything }, async (call) => {
  throw new Refusal(
    'NotFound',
    `There is no route ${call.method} ${call.rawPath}; GET /openapi.json lists those that there are.`,
  );
});
