import { route } from '#functions/middleware/route';
import { describeApi } from '#functions/openapi';

/** `GET /openapi.json`: this API, described in OpenAPI 3.1. */
export const handler = route('get-openapi', async () => describeApi());
